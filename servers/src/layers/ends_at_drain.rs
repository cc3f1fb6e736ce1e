//! The layer that ends streaming answers when the drain begins.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{Request, Response};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::draining::Draining;
use crate::requests::unavailable;
use crate::requests::until_drain::UntilDrain;

/// A layer for a route whose streaming answers end when the server drains: server-sent events, a feed of changes, a log
/// that is followed. Their clients connect again, to another instance.
///
/// It is for streams without an end of their own. A stream that ends by itself, a download for example, has the window of
/// the server: with this layer it would be cut off at the start of the drain, unnoticed by its client.
///
/// When the drain begins, the answer ends in order after what was sent, and counts as answered. An answer of gRPC ends with
/// the status `UNAVAILABLE` (14). An answer of known length is left as it is. A handler that has not answered yet is not
/// affected: see [`Draining`] for one that waits, and [`AnswersBeforeCut`](crate::AnswersBeforeCut). Outside of a server of
/// this crate the layer does nothing.
///
/// ```
/// # #[cfg(feature = "http")] {
/// use axum::body::Body;
/// use axum::{Router, routing::get};
/// use futures_util::{Stream, stream};
/// use service_group_servers::EndsAtDrain;
///
/// fn news() -> impl Stream<Item = std::io::Result<String>> + Send {
///     stream::pending()
/// }
///
/// let follow = get(async || Body::from_stream(news())).layer(EndsAtDrain::new());
/// let router: Router = Router::new().route("/news", follow);
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct EndsAtDrain {}

impl EndsAtDrain {
    /// Returns the layer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl<S> Layer<S> for EndsAtDrain {
    type Service = EndsAtDrainService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        EndsAtDrainService { inner }
    }
}

/// The service that [`EndsAtDrain`] makes of another one.
#[derive(Debug, Clone)]
pub struct EndsAtDrainService<S> {
    inner: S,
}

impl<S, Q, B> Service<Request<Q>> for EndsAtDrainService<S>
where
    S: Service<Request<Q>, Response = Response<B>>,
    B: Body,
{
    type Response = Response<UntilDrain<B>>;
    type Error = S::Error;
    type Future = EndAtDrain<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        let draining = request.extensions().get::<Draining>().cloned();
        EndAtDrain { call: self.inner.call(request), draining }
    }
}

pin_project! {
    /// The answer of [`EndsAtDrainService`].
    pub struct EndAtDrain<F> {
        #[pin]
        call: F,
        draining: Option<Draining>,
    }
}

impl<F> fmt::Debug for EndAtDrain<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndAtDrain").field("draining", &self.draining).finish_non_exhaustive()
    }
}

impl<F, B, E> Future for EndAtDrain<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
{
    type Output = Result<Response<UntilDrain<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.call.poll(cx))?;
        let draining = this.draining.take().filter(|_| !has_length(&response));
        let is_grpc = response
            .headers()
            .get(CONTENT_TYPE)
            .is_some_and(|it| it.as_bytes().starts_with(b"application/grpc"));
        Poll::Ready(Ok(response.map(|body| match draining {
            Some(draining) => UntilDrain::new(body, &draining, is_grpc.then(unavailable::trailers)),
            None => UntilDrain::unlimited(body),
        })))
    }
}

/// An answer that ends before the length that it has announced would be broken.
fn has_length<B: Body>(response: &Response<B>) -> bool {
    response.body().size_hint().exact().is_some() || response.headers().contains_key(CONTENT_LENGTH)
}
