//! A body that ends when the drain begins.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tokio_util::sync::WaitForCancellationFutureOwned;

use crate::draining::Draining;

pin_project! {
    /// A body that ends when the drain begins: that of an answer of [`EndsAtDrain`](crate::EndsAtDrain).
    #[derive(Debug)]
    pub struct UntilDrain<B> {
        // None after the end.
        #[pin]
        inner: Option<B>,
        // None where the body ends by itself.
        #[pin]
        drain: Option<WaitForCancellationFutureOwned>,
        trailers: Option<HeaderMap>,
    }
}

impl<B> UntilDrain<B> {
    /// Ends the body when the drain begins, with these trailers.
    pub(crate) fn new(inner: B, draining: &Draining, trailers: Option<HeaderMap>) -> Self {
        Self { inner: Some(inner), drain: Some(draining.started_owned()), trailers }
    }

    /// Leaves the body as it is.
    pub(crate) fn unlimited(inner: B) -> Self {
        Self { inner: Some(inner), drain: None, trailers: None }
    }
}

impl<B: Body> Body for UntilDrain<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let Some(inner) = this.inner.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        if this.drain.as_pin_mut().is_none_or(|drain| drain.poll(cx).is_pending()) {
            return inner.poll_frame(cx);
        }
        this.inner.set(None);
        Poll::Ready(this.trailers.take().map(|trailers| Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let hint = self.inner.as_ref().map(Body::size_hint).unwrap_or_default();
        if self.drain.is_none() {
            return hint;
        }
        // The end may come before what the body promises.
        let mut earlier = SizeHint::new();
        if let Some(upper) = hint.upper() {
            earlier.set_upper(upper);
        }
        earlier
    }
}
