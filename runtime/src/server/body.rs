//! A response body that keeps its request in the book until its client can have all of it.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::Response;
use axum::http::header::CONTENT_LENGTH;
use bytes::Buf;
use http_body::{Body as _, Frame, SizeHint};

use super::mark::Flight;

/// What a body gives.
type Next<D> = Option<Result<Frame<D>, axum::Error>>;

/// A response body that keeps its request in the book.
///
/// hyper drops a body when its last byte has been handed over, and one that it does not want, to `HEAD` say, without
/// ever polling it. What it was handed over it holds, over HTTP/2, until the client's window opens: there each piece
/// of data keeps the request in the book as well. Over HTTP/1 the next flush tells.
#[derive(Debug)]
pub(super) struct CountedBody {
    inner: Body,
    /// None when the last piece of data has it.
    flight: Option<Flight>,
    /// What is to come over HTTP/1, as far as it is known: there hyper does not poll a body again that has given all it
    /// promised.
    left: u64,
}

/// Data of a body, which keeps its request in the book while it is on its way.
#[derive(Debug)]
pub(super) struct Parcel {
    data: Bytes,
    _flight: Option<Flight>,
}

impl CountedBody {
    /// Keeps the request in the book until its answer has left, if it is there.
    #[inline]
    pub(super) fn new(inner: Body, mut flight: Option<Flight>, left: u64) -> Self {
        if let Some(flight) = &mut flight {
            // Unless it is polled, it is not wanted.
            flight.set_answered(true);
        }
        Self { inner, flight, left }
    }

    /// How much is to come over HTTP/1, as far as it is known.
    #[inline]
    pub(super) fn promised(flight: &Flight, response: &Response<Body>) -> u64 {
        if flight.http2 {
            return u64::MAX;
        }
        let length = || response.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok();
        response.body().size_hint().exact().or_else(length).unwrap_or(u64::MAX)
    }

    /// The next frame, with what keeps the request in the book while its data is on its way.
    #[inline]
    fn poll_next<D>(
        &mut self,
        cx: &mut Context<'_>,
        parcel: impl FnOnce(Bytes, Option<Flight>) -> D,
    ) -> Poll<Next<D>> {
        let frame = match Pin::new(&mut self.inner).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => frame,
            Poll::Ready(None) => {
                self.set_answered(true);
                return Poll::Ready(None);
            }
            Poll::Ready(Some(Err(error))) => {
                self.set_answered(false);
                return Poll::Ready(Some(Err(error)));
            }
            Poll::Pending => {
                self.set_answered(false);
                return Poll::Pending;
            }
        };
        Poll::Ready(Some(Ok(match frame.into_data() {
            Ok(data) => {
                let flight = self.part(&data);
                Frame::data(parcel(data, flight))
            }
            Err(frame) => {
                self.set_answered(frame.is_trailers());
                frame.map_data(|data| parcel(data, None))
            }
        })))
    }

    /// Notes whether what has been handed over was all.
    #[inline]
    fn set_answered(&mut self, answered: bool) {
        if let Some(flight) = &mut self.flight {
            flight.set_answered(answered);
        }
    }

    /// What keeps the request in the book while this part of the answer is on its way. Notes whether it was the last.
    #[inline]
    fn part(&mut self, data: &Bytes) -> Option<Flight> {
        let flight = self.flight.as_mut()?;
        self.left = self.left.saturating_sub(data.len() as u64);
        let ended = self.inner.is_end_stream();
        flight.set_answered(ended || self.left == 0);
        match () {
            () if !flight.http2 || data.is_empty() => None,
            () if ended => self.flight.take(),
            () => Some(flight.share()),
        }
    }
}

impl http_body::Body for CountedBody {
    type Data = Parcel;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Next<Parcel>> {
        self.get_mut().poll_next(cx, |data, flight| Parcel { data, _flight: flight })
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Buf for Parcel {
    fn remaining(&self) -> usize {
        self.data.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.data.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.data.advance(count);
    }
}

impl AsRef<[u8]> for Parcel {
    fn as_ref(&self) -> &[u8] {
        &self.data
    }
}

/// The same for tonic, which takes no other data.
#[cfg(feature = "tonic")]
#[derive(Debug)]
pub(super) struct InBytes(pub(super) CountedBody);

#[cfg(feature = "tonic")]
impl http_body::Body for InBytes {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Next<Bytes>> {
        self.get_mut().0.poll_next(cx, |data, flight| match flight {
            Some(_) => Bytes::from_owner(Parcel { data, _flight: flight }),
            None => data,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}
