//! Which services have code on a thread now, so that a stalled runtime can be blamed on a service.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts the threads that run one future.
///
/// The count guards no other data and is read for a message only, so that `Relaxed` is enough everywhere.
#[derive(Debug, Clone, Default)]
pub(crate) struct Busy {
    threads: Arc<AtomicUsize>,
}

/// Counts one thread while it lives.
pub(crate) struct OnThread<'a>(&'a Busy);

/// Counts one thread from its drop on, until the count is given back.
struct EnterAtDrop<'a>(&'a Busy);

/// Gives back the count of an [`EnterAtDrop`].
struct LeaveAtDrop<'a>(&'a Busy);

impl Busy {
    pub(crate) fn is_on_thread(&self) -> bool {
        self.threads.load(Ordering::Relaxed) > 0
    }

    /// Wraps a future so that it is counted while it is polled, and while it is dropped.
    pub(crate) async fn counting<T>(self, future: impl Future<Output = T>) -> T {
        // Locals are dropped in reverse order: the future is dropped between the two.
        let _leave = LeaveAtDrop(&self);
        let mut future = pin!(future);
        let _enter = EnterAtDrop(&self);
        poll_fn(|cx| {
            let _on_thread = self.enter();
            future.as_mut().poll(cx)
        })
        .await
    }

    /// Counts this thread until the guard is dropped.
    pub(crate) fn enter(&self) -> OnThread<'_> {
        self.threads.fetch_add(1, Ordering::Relaxed);
        OnThread(self)
    }
}

impl Drop for OnThread<'_> {
    fn drop(&mut self) {
        self.0.threads.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for EnterAtDrop<'_> {
    fn drop(&mut self) {
        self.0.threads.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for LeaveAtDrop<'_> {
    fn drop(&mut self) {
        self.0.threads.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

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
