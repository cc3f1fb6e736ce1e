//! The bounds on what answers the requests of a connection.

use std::convert::Infallible;
#[cfg(feature = "http")]
use std::pin::Pin;
#[cfg(feature = "http")]
use std::task::{Context, Poll};

use axum::body::Body;
use axum::http::{Request, Response};
use tower_service::Service;

/// A router, or what layers have made of one.
#[cfg_attr(not(feature = "http"), expect(unreachable_pub, reason = "a bound of `IntoHttpService`"))]
pub trait HttpService:
    Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send + 'static>
    + Clone
    + Send
    + 'static
{
}

impl<S> HttpService for S where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send + 'static>
        + Clone
        + Send
        + 'static
{
}

/// What a connection is served with: its futures can be moved, so that they need no box.
#[cfg_attr(not(feature = "http"), expect(unreachable_pub, reason = "a bound of `IntoHttpService`"))]
pub trait Routes: HttpService<Future: Unpin> {}

impl<R: HttpService<Future: Unpin>> Routes for R {}

/// A service whose futures are in a box, since they must not be moved.
#[cfg(feature = "http")]
#[derive(Debug, Clone)]
pub struct Boxed<S>(S);

#[cfg(feature = "http")]
impl<S: HttpService> Boxed<S> {
    pub(crate) fn new(service: S) -> Self {
        Self(service)
    }
}

#[cfg(feature = "http")]
impl<S: HttpService> Service<Request<Body>> for Boxed<S> {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<S::Future>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(self.0.call(request))
    }
}
