//! The request to stop, as a task or thread waits for it.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::StopContext;

use crate::sync::lock;

/// Tells a [`Task`](crate::Task) or [`BlockingTask`](crate::BlockingTask) when to stop. Clones are handles of the same request.
///
/// The request comes in the order of the group: when all that uses the service has ended.
#[derive(Clone)]
pub struct StopToken {
    inner: Arc<Inner>,
}

struct Inner {
    stopping: Mutex<Option<StopContext>>,
    requested: CancellationToken,
    changed: Condvar,
}

impl StopToken {
    pub(crate) fn new() -> Self {
        let inner = Inner {
            stopping: Mutex::new(None),
            requested: CancellationToken::new(),
            changed: Condvar::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Resolves when the service is asked to stop, with the deadline and the force of that stop.
    ///
    /// # Cancel safety
    ///
    /// The future can be dropped and asked for again at any time.
    pub fn requested(&self) -> impl Future<Output = StopContext> + Send + 'static {
        let token = self.clone();
        async move {
            token.inner.requested.cancelled().await;
            // Set before the token is cancelled, and never taken back.
            match token.stopping() {
                Some(stopping) => stopping,
                None => std::future::pending().await,
            }
        }
    }

    /// Whether the service was asked to stop.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.inner.requested.is_cancelled()
    }

    /// The stop, if the service was asked to.
    #[must_use]
    pub fn stopping(&self) -> Option<StopContext> {
        self.lock().clone()
    }

    /// Blocks the thread until the service is asked to stop, and at most this long: for a [`BlockingTask`](crate::BlockingTask).
    #[must_use]
    pub fn wait_timeout(&self, timeout: Duration) -> Option<StopContext> {
        let waiting = |stopping: &mut Option<StopContext>| stopping.is_none();
        let waited = self.inner.changed.wait_timeout_while(self.lock(), timeout, waiting);
        waited.unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    /// Asks to stop; the first request counts.
    pub(crate) fn request(&self, stopping: StopContext) {
        self.lock().get_or_insert(stopping);
        self.inner.requested.cancel();
        self.inner.changed.notify_all();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<StopContext>> {
        lock(&self.inner.stopping)
    }
}

impl fmt::Debug for StopToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StopToken").field("requested", &self.is_requested()).finish()
    }
}
