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
struct CountedBody<K> {
    inner: Body,
    kept: K,
    /// What is to come, where that is known: hyper does not poll a body again that has given all it promised.
    left: Option<u64>,
}

/// Keeps a request in the book.
trait Keep: Send + Unpin + 'static {
    fn flight(&self) -> &Flight;

    /// The data, as it is handed over.
    fn hand_over(&self, data: Bytes) -> Bytes;
}

/// Over HTTP/1.
impl Keep for Flight {
    fn flight(&self) -> &Flight {
        self
    }

    fn hand_over(&self, data: Bytes) -> Bytes {
        data
    }
}

/// Over HTTP/2.
impl Keep for Arc<Flight> {
    fn flight(&self) -> &Flight {
        self
    }

    fn hand_over(&self, data: Bytes) -> Bytes {
        if data.is_empty() {
            return data;
        }
        Bytes::from_owner(OnItsWay { data, _flight: Self::clone(self) })
    }
}

/// Data on its way, which keeps its request in the book.
struct OnItsWay {
    data: Bytes,
    _flight: Arc<Flight>,
}

/// Keeps the request in the book until its answer has left.
pub(super) fn counted(response: Response<Body>, flight: Flight, version: Version) -> Response<Body> {
    // Unless it is polled, it is not wanted.
    flight.set_answered(true);
    let (head, inner) = response.into_parts();
    let left = inner.size_hint().exact().or_else(|| {
        let length = head.headers.get(CONTENT_LENGTH)?;
        length.to_str().ok()?.parse().ok()
    });
    let body = if version == Version::HTTP_2 {
        flight.note_http2();
        Body::new(CountedBody { inner, kept: Arc::new(flight), left })
    } else {
        Body::new(CountedBody { inner, kept: flight, left })
    };
    Response::from_parts(head, body)
}

impl<K: Keep> CountedBody<K> {
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
        self.kept.flight().set_answered(answered);
    }

    fn is_all(&mut self, length: u64) -> bool {
        self.left = self.left.map(|left| left.saturating_sub(length));
        self.left == Some(0) || self.inner.is_end_stream()
    }
}

impl<K: Keep> http_body::Body for CountedBody<K> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        let frame = Pin::new(&mut this.inner).poll_frame(cx);
        if frame.is_pending() {
            this.kept.flight().set_answered(false);
        }
        let frame = ready!(frame);
        this.note(frame.as_ref());
        Poll::Ready(frame.map(|frame| frame.map(|frame| frame.map_data(|data| this.kept.hand_over(data)))))
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
