//! A response body that keeps its request in the book until it is gone.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{Response, Version};
use http_body::{Body as _, Frame, SizeHint};

use super::book::Flight;

/// A response body that keeps its request in the book until it is gone.
///
/// hyper drops a body when its last byte has been handed over, and one that it does not want, to `HEAD` say, without
/// ever polling it.
pub(super) struct CountedBody {
    inner: Body,
    flight: Flight,
    /// What is to come, where that is known: hyper does not poll a body again that has given all it promised.
    left: Option<u64>,
    /// Over HTTP/2 the end is kept for a poll of its own: hyper polls only when the client's window is open, so that
    /// a body which has come to its end has all passed the window, and not just into a buffer before it.
    ends_late: bool,
    polled: bool,
}

impl CountedBody {
    pub(super) fn wrap(response: Response<Body>, mut flight: Flight, version: Version) -> Response<Body> {
        flight.set_answered(true);
        let length =
            response.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        response.map(|inner| {
            let left = length.or_else(|| inner.size_hint().exact());
            let ends_late = version == Version::HTTP_2 && !inner.is_end_stream();
            Body::new(Self { inner, flight, left, ends_late, polled: false })
        })
    }

    fn note(&mut self, frame: Option<&Result<Frame<Bytes>, axum::Error>>) {
        let answered = match frame {
            None => true,
            Some(Err(_)) => false,
            Some(Ok(frame)) => match frame.data_ref() {
                Some(data) => {
                    self.left = self.left.map(|left| left.saturating_sub(data.len() as u64));
                    self.left == Some(0) || self.inner.is_end_stream()
                }
                None => frame.is_trailers(),
            },
        };
        self.flight.set_answered(answered);
    }
}

impl http_body::Body for CountedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        if !std::mem::replace(&mut this.polled, true) {
            this.flight.set_answered(false);
        }
        let frame = std::task::ready!(Pin::new(&mut this.inner).poll_frame(cx));
        this.note(frame.as_ref());
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        !self.ends_late && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
