//! A future that runs in a span.

use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::shielded_span::ShieldedSpan;

pin_project! {
    /// A future that is polled and dropped in a span: [`in_span`].
    pub(crate) struct InSpan<F> {
        // Fields are dropped in this order, after the function below: the future is dropped in the span.
        #[pin]
        future: F,
        leave: LeaveAtDrop,
    }

    impl<F> PinnedDrop for InSpan<F> {
        fn drop(this: Pin<&mut Self>) {
            this.leave.0.enter();
        }
    }
}

/// Leaves the span that the drop of an [`InSpan`] has entered.
struct LeaveAtDrop(ShieldedSpan);

/// Runs a future in a span, and drops it there: what `tracing::Instrument` does, shielded from panics of the subscriber.
pub(crate) fn in_span<F: Future>(span: ShieldedSpan, future: F) -> InSpan<F> {
    InSpan { future, leave: LeaveAtDrop(span) }
}

impl<F: Future> Future for InSpan<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        this.leave.0.in_scope(|| this.future.poll(cx))
    }
}

impl Drop for LeaveAtDrop {
    fn drop(&mut self) {
        self.0.leave();
    }
}
