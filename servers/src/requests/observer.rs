//! Streams that only observe, reflection and the `Watch` of grpc.health.v1: they never end by themselves. They end when
//! the drain begins, and no client misses anything.

use axum::body::Body;
use axum::http::Request;
use http_body::Body as _;

use super::unavailable;
use super::until_drain::UntilDrain;
use crate::draining::Draining;

/// Returns whether a call only observes.
#[inline]
pub(super) fn is_observer(path: &str) -> bool {
    path.starts_with("/grpc.") && is_observer_of_grpc(path)
}

/// Cold: the searches would lie in the code that each request runs.
#[cold]
fn is_observer_of_grpc(path: &str) -> bool {
    path == "/grpc.health.v1.Health/Watch"
        || (path.starts_with("/grpc.reflection.v1") && path.contains(".ServerReflection/"))
}

/// Makes the request end with the drain: a handler that reads it to its end would hold the connection otherwise. `wrap`
/// makes a `B` of the body that ends so.
pub(super) fn end_request<B: Default>(
    request: &mut Request<B>,
    draining: &Draining,
    wrap: impl FnOnce(UntilDrain<B>) -> B,
) {
    let inner = std::mem::take(request.body_mut());
    *request.body_mut() = wrap(UntilDrain::new(inner, draining, None));
}

/// Makes the answer end with the drain, with the status `UNAVAILABLE`: clients may try again elsewhere.
pub(super) fn end_response(body: Body, draining: &Draining) -> Body {
    if body.is_end_stream() {
        return body;
    }
    Body::new(UntilDrain::new(body, draining, Some(unavailable::trailers())))
}
