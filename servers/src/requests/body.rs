//! A response body that keeps its request in flight until its client can have all of it.

use std::io::IoSlice;
use std::pin::Pin;
use std::task::{Context, Poll};

#[cfg(feature = "grpc")]
use axum::body::{Body, Bytes};
use axum::http::Response;
use axum::http::header::CONTENT_LENGTH;
use bytes::Buf;
use http_body::{Body as _, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::guard::RequestGuard;

/// What a body yields.
type Next<D, E> = Option<Result<Frame<D>, E>>;

pin_project! {
    /// A response body that keeps its request in flight.
    ///
    /// hyper drops a body when it has taken the last byte, and a body that is not wanted, for example of an answer to
    /// `HEAD`, without a poll. Over HTTP/2 hyper keeps what it has taken until the window of the client opens: there each
    /// piece of data keeps the request in flight as well. Over HTTP/1 the next flush shows that all has left.
    #[derive(Debug)]
    #[project = TrackedBodyProjection]
    pub(crate) struct TrackedBody<B> {
        #[pin]
        inner: B,
        tracking: Tracking,
    }
}

/// What a body knows of its request.
#[derive(Debug)]
struct Tracking {
    /// None once the last piece of data has it.
    guard: Option<RequestGuard>,
    /// The number of bytes to come over HTTP/1, if it is known: hyper does not poll a body again after the promised
    /// length.
    left: u64,
}

/// Data of a body, which keeps its request in flight until it is written.
#[derive(Debug)]
pub(crate) struct TrackedData<D> {
    data: D,
    _guard: Option<RequestGuard>,
}

impl<B: http_body::Body> TrackedBody<B> {
    /// Wraps the body of a response.
    #[inline]
    pub(crate) fn wrap(response: Response<B>, guard: Option<RequestGuard>) -> Response<Self> {
        let left = guard.as_ref().map_or(u64::MAX, |guard| promised(guard, &response));
        response.map(|inner| Self::new(inner, guard, left))
    }

    #[inline]
    pub(crate) fn new(inner: B, mut guard: Option<RequestGuard>, left: u64) -> Self {
        if let Some(guard) = &mut guard {
            // A body that is never polled is not wanted.
            guard.set_answered(true);
        }
        Self { inner, tracking: Tracking { guard, left } }
    }

    /// Returns the next frame. `tracked` makes its data of the bytes and of the guard that they carry.
    #[inline]
    fn poll_next<D>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        tracked: impl FnOnce(B::Data, Option<RequestGuard>) -> D,
    ) -> Poll<Next<D, B::Error>> {
        let TrackedBodyProjection { mut inner, tracking } = self.project();
        let polled = inner.as_mut().poll_frame(cx);
        let Poll::Ready(Some(Ok(frame))) = polled else {
            tracking.set_ended(matches!(polled, Poll::Ready(None)));
            return polled.map_ok(|frame| frame.map_data(|data| tracked(data, None)));
        };
        Poll::Ready(Some(Ok(match frame.into_data() {
            Ok(data) => {
                let guard = tracking.guard_of(data.remaining(), || inner.is_end_stream());
                Frame::data(tracked(data, guard))
            }
            Err(frame) => {
                tracking.set_ended(frame.is_trailers());
                frame.map_data(|data| tracked(data, None))
            }
        })))
    }
}

impl Tracking {
    /// Records whether the body has ended.
    #[inline]
    fn set_ended(&mut self, ended: bool) {
        match &mut self.guard {
            Some(guard) if ended => guard.end(),
            Some(guard) => guard.set_answered(false),
            None => {}
        }
    }

    /// Returns the guard that a piece of data of this length carries. Records whether it is the last one.
    #[inline]
    fn guard_of(&mut self, length: usize, is_last: impl FnOnce() -> bool) -> Option<RequestGuard> {
        let guard = self.guard.as_mut()?;
        self.left = self.left.saturating_sub(length as u64);
        let is_last = is_last();
        guard.set_answered(is_last || self.left == 0);
        if !guard.http2 || length == 0 {
            None
        } else if is_last {
            self.guard.take()
        } else {
            Some(guard.share())
        }
    }
}

/// The number of bytes to come over HTTP/1, if it is known.
#[inline]
fn promised<B: http_body::Body>(guard: &RequestGuard, response: &Response<B>) -> u64 {
    if guard.http2 {
        return u64::MAX;
    }
    let length = || response.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok();
    response.body().size_hint().exact().or_else(length).unwrap_or(u64::MAX)
}

impl<B: http_body::Body> http_body::Body for TrackedBody<B> {
    type Data = TrackedData<B::Data>;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Next<TrackedData<B::Data>, B::Error>> {
        self.poll_next(cx, |data, guard| TrackedData { data, _guard: guard })
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl<D: Buf> Buf for TrackedData<D> {
    fn remaining(&self) -> usize {
        self.data.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.data.chunk()
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        self.data.chunks_vectored(slices)
    }

    fn advance(&mut self, count: usize) {
        self.data.advance(count);
    }
}

#[cfg(feature = "grpc")]
impl AsRef<[u8]> for TrackedData<Bytes> {
    fn as_ref(&self) -> &[u8] {
        &self.data
    }
}

/// The same body for tonic, whose data must be `Bytes`.
#[cfg(feature = "grpc")]
#[derive(Debug)]
pub(crate) struct BytesBody(pub(crate) TrackedBody<Body>);

#[cfg(feature = "grpc")]
impl http_body::Body for BytesBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Next<Bytes, axum::Error>> {
        Pin::new(&mut self.get_mut().0).poll_next(cx, |data, guard| match guard {
            Some(_) => Bytes::from_owner(TrackedData { data, _guard: guard }),
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
