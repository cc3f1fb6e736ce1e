//! The gRPC status of a server that stops: `UNAVAILABLE`, so that clients may try again elsewhere.

use axum::http::{HeaderMap, HeaderValue};

/// Returns the trailers of a call that ends with this status.
pub(crate) fn trailers() -> HeaderMap {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("14"));
    trailers.insert("grpc-message", HeaderValue::from_static("server%20is%20stopping"));
    trailers
}
