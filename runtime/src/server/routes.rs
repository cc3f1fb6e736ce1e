//! What answers the requests of a connection.

use std::convert::Infallible;
#[cfg(feature = "axum")]
use std::pin::Pin;
#[cfg(feature = "axum")]
use std::task::{Context, Poll};

use axum::body::Body;
use axum::http::{Request, Response};
use tower_service::Service;

/// A router, or what layers have made of one.
#[cfg_attr(not(feature = "axum"), expect(unreachable_pub, reason = "`MakeService` has it"))]
pub trait Answers:
    Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send + 'static>
    + Clone
    + Send
    + 'static
{
}

impl<S> Answers for S where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send + 'static>
        + Clone
        + Send
        + 'static
{
}

/// What a connection is served with: an answer is moved to where it is waited for.
#[cfg_attr(not(feature = "axum"), expect(unreachable_pub, reason = "`MakeService` has it"))]
pub trait Routes: Answers<Future: Unpin> {}

impl<R: Answers<Future: Unpin>> Routes for R {}

/// Answers in a box, for futures that must not be moved.
#[cfg(feature = "axum")]
#[derive(Debug, Clone)]
pub struct Boxed<S>(S);

#[cfg(feature = "axum")]
impl<S: Answers> Boxed<S> {
    pub(super) fn new(answers: S) -> Self {
        Self(answers)
    }
}

#[cfg(feature = "axum")]
impl<S: Answers> Service<Request<Body>> for Boxed<S> {
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
