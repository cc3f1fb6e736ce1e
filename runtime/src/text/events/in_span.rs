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

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::FutureExt;
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber, info_span};

    use super::*;

    /// Counts the spans that are entered.
    #[derive(Clone, Default)]
    struct Entered(Arc<AtomicUsize>);

    impl Entered {
        fn count(&self) -> usize {
            self.0.load(Ordering::SeqCst)
        }
    }

    impl Subscriber for Entered {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, _: &Event<'_>) {}

        fn enter(&self, _: &Id) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }

        fn exit(&self, _: &Id) {
            self.0.fetch_sub(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn a_future_is_polled_and_dropped_in_its_span() {
        struct Asserts(Entered);
        impl Drop for Asserts {
            fn drop(&mut self) {
                assert_eq!(self.0.count(), 1);
            }
        }
        let entered = Entered::default();
        tracing::subscriber::with_default(entered.clone(), || {
            let held = Asserts(entered.clone());
            let future = async move {
                assert_eq!(held.0.count(), 1);
                std::future::pending::<()>().await;
                drop(held);
            };
            {
                let mut future = pin!(in_span(ShieldedSpan::new(|| info_span!("task")), future));
                assert!(future.as_mut().now_or_never().is_none());
                assert_eq!(entered.count(), 0);
            }
            assert_eq!(entered.count(), 0);
        });
    }
}
