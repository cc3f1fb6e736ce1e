//! Streams that only observe, reflection and the `Watch` of grpc.health.v1: they never end by themselves. They end when
//! the drain begins, and no client misses anything.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Request};
use http_body::{Body as _, Frame, SizeHint};

use crate::draining::Draining;

/// Returns whether a call only observes.
#[inline]
pub(super) fn is_observer(path: &str) -> bool {
    path == "/grpc.health.v1.Health/Watch"
        || (path.starts_with("/grpc.reflection.v1") && path.contains(".ServerReflection/"))
}

/// Makes the request end with the drain: a handler that reads it to its end would hold the connection otherwise.
pub(super) fn end_request(request: &mut Request<Body>, draining: &Draining) {
    let inner = std::mem::take(request.body_mut());
    *request.body_mut() = UntilDrain::wrap(inner, draining, None);
}

/// Makes the answer end with the drain, with the status `UNAVAILABLE`: clients may try again elsewhere.
pub(super) fn end_response(body: Body, draining: &Draining) -> Body {
    if body.is_end_stream() {
        return body;
    }
    let mut unavailable = HeaderMap::new();
    unavailable.insert("grpc-status", HeaderValue::from_static("14"));
    unavailable.insert("grpc-message", HeaderValue::from_static("server%20is%20stopping"));
    UntilDrain::wrap(body, draining, Some(unavailable))
}

/// A body that ends when the drain begins.
struct UntilDrain {
    inner: Option<Body>,
    drain: Pin<Box<dyn Future<Output = ()> + Send>>,
    trailers: Option<HeaderMap>,
}

impl UntilDrain {
    fn wrap(inner: Body, draining: &Draining, trailers: Option<HeaderMap>) -> Body {
        Body::new(Self { inner: Some(inner), drain: Box::pin(draining.started()), trailers })
    }
}

impl http_body::Body for UntilDrain {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        let Some(inner) = &mut this.inner else { return Poll::Ready(None) };
        if this.drain.as_mut().poll(cx).is_pending() {
            return Pin::new(inner).poll_frame(cx);
        }
        this.inner = None;
        Poll::Ready(this.trailers.take().map(|trailers| Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}
