//! The layer that keeps the book: it enters each request, carries the drain to its handler, and turns clients away.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::{CONNECTION, HeaderValue};
use axum::http::{Extensions, Method, Request, Response, StatusCode, Version};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::body;
use super::conn::Flight;
use super::draining::Draining;
use super::observer;
use crate::service::BoxError;

/// Enters requests into the book of their connection.
pub(super) trait Enter {
    /// Enters a request.
    fn enter(&self, request: &Request<Body>) -> Flight;

    /// Adds what handlers may ask for.
    fn furnish(&self, extensions: &mut Extensions);

    fn draining(&self) -> &Draining;
}

/// What becomes of a request.
#[derive(Debug)]
pub(super) enum Fate {
    /// It is in the book.
    Counted(Flight),
    /// It ends when the drain begins, and nobody misses it.
    Observer(Draining),
}

/// Keeps the book for the service inside it.
#[derive(Debug, Clone)]
pub(super) struct Tracked<S, E> {
    pub(super) inner: S,
    pub(super) enter: E,
}

impl<S, E, B> Service<Request<B>> for Tracked<S, E>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    E: Enter,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = TrackedFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut request, draining) = (request.map(Body::new), self.enter.draining());
        self.enter.furnish(request.extensions_mut());
        let fate = if observer::is_observer(request.uri().path()) {
            request = observer::ends_request(request, draining);
            Fate::Observer(draining.clone())
        } else {
            Fate::Counted(self.enter.enter(&request))
        };
        TrackedFuture {
            fate: Some(fate),
            version: request.version(),
            connect: request.method() == Method::CONNECT,
            inner: self.inner.call(request),
        }
    }
}

pin_project! {
    /// The answer to a request.
    pub(super) struct TrackedFuture<F> {
        #[pin]
        inner: F,
        fate: Option<Fate>,
        version: Version,
        connect: bool,
    }
}

impl<F, E> Future for TrackedFuture<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.inner.poll(cx))?;
        Poll::Ready(Ok(match this.fate.take() {
            Some(Fate::Counted(flight)) => counted(response, flight, *this.version, *this.connect),
            Some(Fate::Observer(draining)) => observer::ends_response(response, &draining),
            None => response,
        }))
    }
}

fn counted(mut response: Response<Body>, flight: Flight, version: Version, connect: bool) -> Response<Body> {
    let status = response.status();
    if status == StatusCode::SWITCHING_PROTOCOLS || (connect && status.is_success()) {
        flight.upgrade();
        return response;
    }
    if version <= Version::HTTP_11 && flight.tally().turns_away() {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    body::counted(response, flight, version)
}
