//! What is done for each request: it is entered into the book, its handler hears of the drain, and clients are turned
//! away.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use axum::http::header::{CONNECTION, HeaderValue};
use axum::http::{Request, Response};
use axum::routing::future::RouteFuture;

use super::body::CountedBody;
use super::draining::Draining;
use super::mark::Flight;
use super::observer;
#[cfg(feature = "axum")]
use super::serve::Ask;

/// What becomes of a request.
#[derive(Debug)]
pub(super) enum Fate {
    /// It is in the book.
    Counted(Flight),
    /// It ends when the drain begins, and nobody misses it.
    Observer(Draining),
}

/// The answer to a request.
///
/// Over HTTP/2 it is most of the task of a stream. The next larger size that tokio has for one costs a tenth of the
/// throughput: a test says so when it grows.
pub(super) struct Answer {
    stage: Stage,
    fate: Option<Fate>,
}

#[cfg_attr(not(feature = "axum"), expect(clippy::large_enum_variant, reason = "to be over needs nothing"))]
enum Stage {
    #[cfg(feature = "axum")]
    Asked(Option<Ask>),
    Answering(RouteFuture<Infallible>),
    Over,
}

impl Answer {
    /// What the router answers.
    #[cfg(feature = "tonic")]
    #[inline]
    pub(super) fn of(answering: RouteFuture<Infallible>, fate: Fate) -> Self {
        Self { stage: Stage::Answering(answering), fate: Some(fate) }
    }

    /// What the router will be asked.
    #[cfg(feature = "axum")]
    #[inline]
    pub(super) fn later(ask: Ask, fate: Fate) -> Self {
        Self { stage: Stage::Asked(Some(ask)), fate: Some(fate) }
    }

    /// The answer, whose body is what `body` makes of one that is counted.
    #[inline]
    pub(super) fn poll<B>(
        &mut self,
        cx: &mut Context<'_>,
        body: impl FnOnce(CountedBody) -> B,
    ) -> Poll<Result<Response<B>, Infallible>> {
        #[cfg(feature = "axum")]
        if let (Stage::Asked(ask), Some(fate)) = (&mut self.stage, &self.fate)
            && let Some(ask) = ask.take()
        {
            self.stage = Stage::Answering(ask.now(fate));
        }
        let Stage::Answering(answering) = &mut self.stage else { panic!("polled after it was over") };
        let mut response = ready!(Pin::new(answering).poll(cx))?;
        self.stage = Stage::Over;
        let flight = self.fate.take().and_then(|fate| fate.flight(&mut response));
        let left = flight.as_ref().map_or(u64::MAX, |flight| CountedBody::promised(flight, &response));
        Poll::Ready(Ok(response.map(|inner| body(CountedBody::new(inner, flight, left)))))
    }
}

impl Future for Answer {
    type Output = Result<Response<CountedBody>, Infallible>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.get_mut().poll(cx, |body| body)
    }
}

impl Fate {
    /// `enter` enters a request into its book.
    #[inline]
    pub(super) fn of(path: &str, draining: &Draining, enter: impl FnOnce() -> Flight) -> Self {
        if observer::is_observer(path) { Self::Observer(draining.clone()) } else { Self::Counted(enter()) }
    }

    /// Ends the request with the drain, if it shall.
    #[inline]
    pub(super) fn accompany(&self, request: &mut Request<Body>) {
        if let Self::Observer(draining) = self {
            observer::ends_request(request, draining);
        }
    }

    /// What keeps the request in the book until this answer has left.
    #[inline]
    fn flight(self, response: &mut Response<Body>) -> Option<Flight> {
        match self {
            Self::Counted(flight) if flight.is_plain(response.status()) => Some(flight),
            fate => fate.special(response),
        }
    }

    /// Of an answer that is not simply counted.
    #[cold]
    fn special(self, response: &mut Response<Body>) -> Option<Flight> {
        match self {
            Self::Observer(draining) => {
                let body = std::mem::take(response.body_mut());
                *response.body_mut() = observer::ends_response(body, &draining);
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

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("fate", &self.fate).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Answer;

    /// hyper adds 64 bytes for a stream and tokio 104 for a task, which has a multiple of 128.
    #[test]
    fn the_task_of_a_stream_does_not_grow() {
        assert!(size_of::<Answer>() + 64 + 104 <= 512, "{} bytes", size_of::<Answer>());
    }
}
