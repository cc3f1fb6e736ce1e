//! The response to one request in our serve loop: the routes are called when hyper first polls it.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use axum::http::{Extensions, Request, Response};
use http_body::Body as _;
use hyper::body::Incoming;

#[cfg(feature = "grpc")]
use super::deadline::{self, Limited};
use super::http_service::Routes;
use super::protocol::Protocol;
use crate::requests::body::TrackedBody;
use crate::requests::kind::RequestKind;

/// The response to a request.
///
/// Over HTTP/2 it is most of the task of a stream. tokio allocates tasks in steps of 128 bytes, and the next step costs a
/// tenth of the throughput: a test fails if it grows.
pub(crate) struct ResponseFuture<R: Routes> {
    state: ResponseState<R>,
    /// None once the response is returned.
    kind: Option<RequestKind>,
}

#[expect(clippy::large_enum_variant, reason = "the future of a router is as large as its request")]
enum ResponseState<R: Routes> {
    /// Not called yet.
    Pending(PendingCall<R>),
    Called(R::Future),
    /// The same for a call with a deadline.
    #[cfg(feature = "grpc")]
    Limited(Limited),
}

/// A call of the routes that is still to be made: over HTTP/2 in the task of its stream. hyper calls a service in the
/// task of its connection, where the routes would push the code that reads frames out of the processor's cache, again for
/// each stream: 60 ns of 3,600.
struct PendingCall<R> {
    routes: R,
    #[cfg_attr(not(feature = "grpc"), expect(dead_code, reason = "only calls have deadlines"))]
    protocol: Protocol,
    /// None once the routes are called.
    request: Option<Request<Incoming>>,
}

/// The pending call is moved to where it is called, and the futures of routes can be moved.
impl<R: Routes> Unpin for ResponseFuture<R> {}

impl<R: Routes> ResponseFuture<R> {
    #[inline]
    pub(super) fn new(routes: R, protocol: Protocol, request: Request<Incoming>, kind: RequestKind) -> Self {
        let call = PendingCall { routes, protocol, request: Some(request) };
        Self { state: ResponseState::Pending(call), kind: Some(kind) }
    }
}

impl<R: Routes> Future for ResponseFuture<R> {
    type Output = Result<Response<TrackedBody<Body>>, Infallible>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let Some(kind) = &this.kind else { panic!("polled after it was ready") };
        let response = ready!(this.state.poll(kind, cx))?;
        let kind = this.kind.take().expect("it was there");
        Poll::Ready(Ok(kind.answer(response)))
    }
}

impl<R: Routes> ResponseState<R> {
    #[inline]
    fn poll(&mut self, kind: &RequestKind, cx: &mut Context<'_>) -> Poll<Result<Response<Body>, Infallible>> {
        match self {
            Self::Pending(call) => {
                ready!(call.routes.poll_ready(cx))?;
                #[cfg(feature = "grpc")]
                if let Some(limited) = call.limited(kind) {
                    *self = Self::Limited(limited);
                    return self.poll(kind, cx);
                }
                let mut called = call.call(kind);
                let polled = Pin::new(&mut called).poll(cx);
                // Most responses are ready at once, and their future need not be moved: 0.3 % of the instructions (callgrind).
                if polled.is_pending() {
                    *self = Self::Called(called);
                }
                polled
            }
            Self::Called(future) => Pin::new(future).poll(cx),
            #[cfg(feature = "grpc")]
            Self::Limited(future) => future.as_mut().poll(cx),
        }
    }
}

impl<R: Routes> PendingCall<R> {
    /// Calls the routes, which are ready.
    #[inline]
    fn call(&mut self, kind: &RequestKind) -> R::Future {
        let mut request = self.request.take().expect("not polled after a panic").map(to_body);
        insert_extensions(request.extensions_mut(), kind.conn().extensions());
        kind.prepare(&mut request, Body::new);
        self.routes.call(request)
    }

    /// Calls the routes, which are ready, if the call has a deadline.
    #[cfg(feature = "grpc")]
    #[inline]
    fn limited(&mut self, kind: &RequestKind) -> Option<Limited> {
        let deadline = self.protocol.deadline(self.request.as_ref()?)?;
        Some(deadline::limit(deadline, self.call(kind)))
    }
}

/// An empty body needs no box: 1.1 % of the instructions of a request over HTTP/1 (callgrind).
#[inline]
fn to_body(body: Incoming) -> Body {
    if body.size_hint().exact() == Some(0) { Body::empty() } else { Body::new(body) }
}

/// Inserts the extensions of the connection. To clone a whole map costs less than to insert one by one: 1.7 % of the
/// requests over HTTP/2, and 3.6 % of the instructions of a request over HTTP/1 (callgrind).
#[inline]
pub(super) fn insert_extensions(extensions: &mut Extensions, of_conn: &Extensions) {
    let own = std::mem::replace(extensions, of_conn.clone());
    if !own.is_empty() {
        extensions.extend(own);
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;

    use super::ResponseFuture;

    /// hyper adds 64 bytes for a stream and tokio 104 for a task, which has a multiple of 128.
    #[test]
    fn the_task_of_a_stream_does_not_grow() {
        let size = size_of::<ResponseFuture<Router>>();
        assert!(size + 64 + 104 <= 512, "{size} bytes");
    }
}
