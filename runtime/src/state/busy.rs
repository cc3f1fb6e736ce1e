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
struct OnThread<'a>(&'a Busy);

impl Busy {
    pub(crate) fn is_on_thread(&self) -> bool {
        self.threads.load(Ordering::Relaxed) > 0
    }

    /// Wraps a future so that it is counted while it is polled.
    pub(crate) async fn counting<T>(self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        poll_fn(|cx| {
            let _on_thread = self.enter();
            future.as_mut().poll(cx)
        })
        .await
    }

    fn enter(&self) -> OnThread<'_> {
        self.threads.fetch_add(1, Ordering::Relaxed);
        OnThread(self)
    }
}

impl Drop for OnThread<'_> {
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
}
