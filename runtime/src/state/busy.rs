//! Which services have code on a thread now, so that a stalled runtime can be blamed on a service.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

/// Counts the threads that run the work of a service.
///
/// The count guards no other data and is read for a message only, so that `Relaxed` is enough everywhere.
#[derive(Debug, Clone, Default)]
pub(crate) struct Busy {
    threads: Arc<AtomicUsize>,
}

/// Counts one thread while it lives.
pub(crate) struct OnThread<'a>(&'a Busy);

pin_project! {
    /// A future that is counted while it is polled, and while it is dropped: [`Busy::counting`].
    pub(crate) struct Counting<F> {
        // Fields are dropped in this order, after the function below: the future is counted until it is gone.
        #[pin]
        future: F,
        leave: LeaveAtDrop,
    }

    impl<F> PinnedDrop for Counting<F> {
        fn drop(this: Pin<&mut Self>) {
            this.leave.0.add_thread();
        }
    }
}

/// Gives back the count of the drop of a [`Counting`].
struct LeaveAtDrop(Busy);

impl Busy {
    pub(crate) fn is_on_thread(&self) -> bool {
        self.threads.load(Ordering::Relaxed) > 0
    }

    /// Wraps a future so that it is counted while it is polled, and while it is dropped.
    pub(crate) fn counting<F: Future>(self, future: F) -> Counting<F> {
        Counting { future, leave: LeaveAtDrop(self) }
    }

    /// Counts this thread until the guard is dropped.
    pub(crate) fn enter(&self) -> OnThread<'_> {
        self.add_thread();
        OnThread(self)
    }

    fn add_thread(&self) {
        self.threads.fetch_add(1, Ordering::Relaxed);
    }

    fn remove_thread(&self) {
        self.threads.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<F: Future> Future for Counting<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _on_thread = this.leave.0.enter();
        this.future.poll(cx)
    }
}

impl Drop for OnThread<'_> {
    fn drop(&mut self) {
        self.0.remove_thread();
    }
}

impl Drop for LeaveAtDrop {
    fn drop(&mut self) {
        self.0.remove_thread();
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::pin::pin;

    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn a_future_is_counted_while_it_is_polled_and_not_between() {
        let busy = Busy::default();
        let future = busy.clone().counting(async {
            assert!(busy.is_on_thread());
            tokio::task::yield_now().await;
            panic!("not counted after this");
        });
        let mut future = pin!(future);
        assert!(future.as_mut().now_or_never().is_none());
        assert!(!busy.is_on_thread());
        assert!(catch_unwind(AssertUnwindSafe(|| future.as_mut().now_or_never())).is_err());
        assert!(!busy.is_on_thread());
    }

    #[test]
    fn a_future_is_counted_while_it_is_dropped() {
        struct Asserts(Busy);
        impl Drop for Asserts {
            fn drop(&mut self) {
                assert!(self.0.is_on_thread());
            }
        }
        let busy = Busy::default();
        let held = Asserts(busy.clone());
        let future = busy.clone().counting(async move {
            let _held = held;
            std::future::pending::<()>().await;
        });
        let mut future = Box::pin(future);
        assert!(future.as_mut().now_or_never().is_none());
        assert!(!busy.is_on_thread());
        drop(future);
        assert!(!busy.is_on_thread());
    }
}
