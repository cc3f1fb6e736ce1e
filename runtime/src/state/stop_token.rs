//! The request to stop, as a task or a thread waits for it.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::StopContext;
use crate::sync::lock;

/// The request to a [`Task`](crate::Task), a [`BlockingTask`](crate::BlockingTask) or the tasks of a
/// [`Tasks`](crate::Tasks) to stop. Clones share one request.
///
/// The request comes in the order of the group: when all services that use this one have ended.
///
/// ```
/// use std::time::Duration;
/// use service_group::{BlockingTask, StopToken, Task};
///
/// async fn consume(stop: StopToken) {
///     tokio::select! {
///         context = stop.requested() => println!("{:?} left to stop in", context.time_remaining()),
///         () = std::future::pending() => {}
///     }
/// }
///
/// fn sweep(stop: StopToken) {
///     while stop.wait_timeout(Duration::from_secs(1)).is_none() {
///         // one piece of work
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
/// let (consumer, sweeper) = (Task::spawn(consume), BlockingTask::spawn("sweeper", sweep)?);
/// # drop((consumer, sweeper)); Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct StopToken {
    inner: Arc<Inner>,
}

struct Inner {
    context: Mutex<Option<StopContext>>,
    requested: CancellationToken,
    changed: Condvar,
}

impl StopToken {
    pub(crate) fn new() -> Self {
        let inner =
            Inner { context: Mutex::new(None), requested: CancellationToken::new(), changed: Condvar::new() };
        Self { inner: Arc::new(inner) }
    }

    /// Returns a token of tokio-util that is cancelled when the stop of the service is requested: for libraries that
    /// take one.
    ///
    /// It is a child: cancelling it stops nothing else.
    #[cfg(feature = "tokio-util")]
    #[must_use]
    pub fn cancellation_token(&self) -> CancellationToken {
        self.inner.requested.child_token()
    }

    /// Waits until the stop of the service is requested, and returns the stop with its deadline and its force.
    ///
    /// # Cancel safety
    ///
    /// A request is kept: the future can be dropped and created again at any time.
    pub fn requested(&self) -> impl Future<Output = StopContext> + Send + 'static {
        let token = self.clone();
        async move {
            token.inner.requested.cancelled().await;
            // Set before the token is cancelled, and never cleared.
            match token.context() {
                Some(context) => context,
                None => std::future::pending().await,
            }
        }
    }

    /// Returns whether the stop of the service was requested.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.inner.requested.is_cancelled()
    }

    /// Returns the stop, if it was requested.
    #[must_use]
    pub fn context(&self) -> Option<StopContext> {
        self.lock().clone()
    }

    /// Blocks the thread until the stop of the service is requested, for at most `timeout`, and returns the stop if it was
    /// requested.
    ///
    /// For a [`BlockingTask`](crate::BlockingTask). In async code it blocks the runtime.
    #[must_use]
    pub fn wait_timeout(&self, timeout: Duration) -> Option<StopContext> {
        let waiting = |context: &mut Option<StopContext>| context.is_none();
        let waited = self.inner.changed.wait_timeout_while(self.lock(), timeout, waiting);
        waited.unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    /// Requests the stop. The first request counts.
    pub(crate) fn request(&self, context: StopContext) {
        self.lock().get_or_insert(context);
        self.inner.requested.cancel();
        // No wake-up is lost: the context is set under the lock of the condition variable.
        self.inner.changed.notify_all();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<StopContext>> {
        lock(&self.inner.context)
    }
}

impl fmt::Debug for StopToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StopToken").field("requested", &self.is_requested()).finish()
    }
}
