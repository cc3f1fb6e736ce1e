//! What is done for each request: it is recorded, its handler is notified of the drain, and clients are turned
//! away.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use axum::http::header::{CONNECTION, HeaderValue};
use axum::http::{Request, Response};

use super::body::TrackedBody;
use super::conn::ConnShared;
#[cfg(feature = "grpc")]
use super::deadline::Limited;
use super::mark::{RequestGuard, Place};
use super::observer;
use super::routes::Routes;
use super::serve::PendingCall;

/// What becomes of a request.
#[derive(Debug)]
pub(super) enum RequestKind {
    /// It is in the book.
    Counted(RequestGuard),
    /// It ends when the drain begins, and no response needs it.
    Observer(Arc<Place>),
}

/// The answer to a request, in a loop of ours.
///
/// Over HTTP/2 it is most of the task of a stream. The next larger size that tokio has for one costs a tenth of the
/// throughput: a test fails when it grows.
pub(super) struct ResponseFuture<R: Routes> {
    stage: ResponseState<R>,
    /// None when it is over.
    fate: Option<RequestKind>,
}

#[expect(clippy::large_enum_variant, reason = "a router's future is no smaller than what it is asked")]
pub(super) enum ResponseState<R: Routes> {
    StopRequest(Option<PendingCall<R>>),
    Answering(R::Future),
    /// The same of a call with a deadline.
    #[cfg(feature = "grpc")]
    Limited(Limited),
}

/// What was asked is moved to where it is called, and the future of an answer may be.
impl<R: Routes> Unpin for ResponseFuture<R> {}

impl<R: Routes> ResponseFuture<R> {
    /// What the routes will be asked.
    #[inline]
    pub(super) fn later(ask: PendingCall<R>, fate: RequestKind) -> Self {
        Self { stage: ResponseState::StopRequest(Some(ask)), fate: Some(fate) }
    }
}

impl<R: Routes> Future for ResponseFuture<R> {
    type Output = Result<Response<TrackedBody>, Infallible>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let answered = if let ResponseState::StopRequest(asked) = &mut this.stage {
            if let Some(ask) = asked {
                ready!(ask.poll_ready(cx))?;
            }
            let (Some(ask), Some(fate)) = (asked.take(), &this.fate) else {
                panic!("polled after it was over")
            };
            let mut answering = ask.now(fate);
            let answered = answering.poll(cx);
            // Most are answered at once, and have not to be moved here.
            if answered.is_pending() {
                this.stage = answering;
            }
            answered
        } else {
            this.stage.poll_again(cx)
        };
        let (response, fate) = (ready!(answered)?, this.fate.take());
        Poll::Ready(Ok(fate.expect("a future that is over is not polled").answer(response)))
    }
}

impl<R: Routes> ResponseState<R> {
    #[inline]
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Response<Body>, Infallible>> {
        match self {
            Self::Answering(answering) => Pin::new(answering).poll(cx),
            #[cfg(feature = "grpc")]
            Self::Limited(answering) => answering.as_mut().poll(cx),
            Self::StopRequest(_) => panic!("asked twice"),
        }
    }

    /// Apart, so that there is less code on the way of answers that are there at once.
    #[inline(never)]
    fn poll_again(&mut self, cx: &mut Context<'_>) -> Poll<Result<Response<Body>, Infallible>> {
        self.poll(cx)
    }
}

impl RequestKind {
    /// That of a request, which is entered into the book of its connection under this name.
    #[inline]
    pub(super) fn of<B>(request: &Request<B>, conn: &ConnShared, name: impl FnOnce(&mut String)) -> Self {
        if observer::is_observer(request.uri().path()) {
            Self::Observer(Arc::clone(conn.place()))
        } else {
            Self::Counted(conn.begin(request, name))
        }
    }

    /// The connection that the request came by.
    #[inline]
    pub(super) fn place(&self) -> Option<&Place> {
        match self {
            Self::Counted(flight) => flight.place(),
            Self::Observer(place) => Some(place),
        }
    }

    /// ConnectionKey the request with the drain, if it shall.
    #[inline]
    pub(super) fn accompany(&self, request: &mut Request<Body>) {
        if let Self::Observer(place) = self {
            observer::ends_request(request, &place.tally().draining);
        }
    }

    /// The answer, which keeps the request in the book until it has left.
    #[inline]
    pub(super) fn answer(self, mut response: Response<Body>) -> Response<TrackedBody> {
        let flight = self.flight(&mut response);
        let left = flight.as_ref().map_or(u64::MAX, |flight| TrackedBody::promised(flight, &response));
        response.map(|inner| TrackedBody::new(inner, flight, left))
    }

    /// What keeps the request in the book until this answer has left.
    #[inline]
    fn flight(self, response: &mut Response<Body>) -> Option<RequestGuard> {
        match self {
            Self::Counted(flight) if flight.is_plain(response.status()) => Some(flight),
            fate => fate.special(response),
        }
    }

    /// Of an answer that is not simply counted.
    #[cold]
    fn special(self, response: &mut Response<Body>) -> Option<RequestGuard> {
        match self {
            Self::Observer(place) => {
                let body = std::mem::take(response.body_mut());
                *response.body_mut() = observer::ends_response(body, &place.tally().draining);
                None
            }
            Self::Counted(flight) if flight.becomes_connection(response.status()) => {
                flight.upgrade();
                None
            }
            Self::Counted(flight) => {
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                Some(flight)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;

    use super::ResponseFuture;

    /// hyper adds 64 bytes for a stream and tokio 104 for a task, which has a multiple of 128.
    #[test]
    fn the_task_of_a_stream_does_not_grow() {
        assert!(size_of::<ResponseFuture<Router>>() + 64 + 104 <= 512, "{} bytes", size_of::<ResponseFuture<Router>>());
    }
}
