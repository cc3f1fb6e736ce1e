//! A response body that keeps its request in the book until its client can have all of it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{Response, Version};
use http_body::{Body as _, Frame, SizeHint};

use super::conn::Flight;

/// A response body that keeps its request in the book.
///
/// hyper drops a body when its last byte has been handed over, and one that it does not want, to `HEAD` say, without
/// ever polling it. What it was handed over it holds, over HTTP/2, until the client's window opens: there each piece
/// of data keeps the request in the book as well. Over HTTP/1 the next flush tells.
pub(super) struct CountedBody {
    inner: Body,
    flight: Arc<Flight>,
    /// What is to come, where that is known: hyper does not poll a body again that has given all it promised.
    left: Option<u64>,
    /// Whether the client's window can hold data back.
    windowed: bool,
}

/// Data on its way, which keeps its request in the book.
struct OnItsWay {
    data: Bytes,
    _flight: Arc<Flight>,
}

impl CountedBody {
    pub(super) fn wrap(response: Response<Body>, flight: Flight, version: Version) -> Response<Body> {
        let length = response.headers().get(CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        // Unless it is polled, it is not wanted.
        flight.set_answered(true);
        response.map(|inner| {
            let left = length.or_else(|| inner.size_hint().exact());
            let windowed = version == Version::HTTP_2;
            Body::new(Self { inner, flight: Arc::new(flight), left, windowed })
        })
    }

    /// Notes whether this was the end, or all that was promised.
    fn note(&mut self, frame: Option<&Result<Frame<Bytes>, axum::Error>>) {
        let answered = match frame {
            None => true,
            Some(Err(_)) => false,
            Some(Ok(frame)) => match frame.data_ref() {
                Some(data) => self.is_all(data.len() as u64),
                None => frame.is_trailers(),
            },
        };
        self.flight.set_answered(answered);
    }

    fn is_all(&mut self, length: u64) -> bool {
        self.left = self.left.map(|left| left.saturating_sub(length));
        self.left == Some(0) || self.inner.is_end_stream()
    }

    fn on_its_way(&self, data: Bytes) -> Bytes {
        if self.windowed && !data.is_empty() {
            Bytes::from_owner(OnItsWay { data, _flight: Arc::clone(&self.flight) })
        } else {
            data
        }
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
        let frame = Pin::new(&mut this.inner).poll_frame(cx);
        if frame.is_pending() {
            this.flight.set_answered(false);
        }
        let frame = ready!(frame);
        this.note(frame.as_ref());
        Poll::Ready(frame.map(|frame| frame.map(|frame| frame.map_data(|data| this.on_its_way(data)))))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl AsRef<[u8]> for OnItsWay {
    fn as_ref(&self) -> &[u8] {
        &self.data
    }
}
