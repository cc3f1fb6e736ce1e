//! The layer that keeps the book: it enters each request, carries the drain to its handler, and turns clients away.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use axum::http::header::{CONNECTION, HeaderValue};
use axum::http::{Method, Request, Response, StatusCode, Version};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::body::CountedBody;
use super::conn::Flight;
use super::draining::Draining;
#[cfg(feature = "tonic")]
use super::observer;
use super::tally::Tally;

/// Enters requests into the book of their connection.
pub(super) trait Enter {
    /// Enters a request.
    fn enter(&self, request: &Request<Body>) -> Fate;
}

/// What becomes of a request.
#[derive(Debug)]
pub(super) enum Fate {
    /// It is in the book.
    Counted(Flight),
    /// It ends when the drain begins, and nobody misses it.
    #[cfg(feature = "tonic")]
    Observer,
}

/// Keeps the book for the service inside it.
#[derive(Debug, Clone)]
pub(super) struct Tracked<S, E> {
    pub(super) inner: S,
    pub(super) enter: E,
    pub(super) draining: Draining,
    pub(super) tally: Arc<Tally>,
}

impl<S, E> Service<Request<Body>> for Tracked<S, E>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    E: Enter,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = TrackedFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        request.extensions_mut().insert(self.draining.clone());
        let fate = self.enter.enter(&request);
        #[cfg(feature = "tonic")]
        if let Fate::Observer = fate {
            request = observer::ends_request(request, &self.draining);
        }
        TrackedFuture {
            fate: Some(fate),
            version: request.version(),
            connect: request.method() == Method::CONNECT,
            tally: Arc::clone(&self.tally),
            draining: self.draining.clone(),
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
        tally: Arc<Tally>,
        draining: Draining,
    }
}

impl<F, E> Future for TrackedFuture<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = ready!(this.inner.poll(cx))?;
        let upgrades = response.status() == StatusCode::SWITCHING_PROTOCOLS
            || (*this.connect && response.status().is_success());
        if *this.version <= Version::HTTP_11 && !upgrades && this.tally.turns_away() {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        Poll::Ready(Ok(match this.fate.take() {
            Some(Fate::Counted(flight)) if upgrades => {
                flight.upgrade();
                response
            }
            Some(Fate::Counted(flight)) => CountedBody::wrap(response, flight, *this.version),
            #[cfg(feature = "tonic")]
            Some(Fate::Observer) => observer::ends_response(response, this.draining),
            None => response,
        }))
    }
}
