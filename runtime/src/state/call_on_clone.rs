//! The expression of a `check` or a `reload`: a call on a clone of the value of a running service.
//!
//! It remembers its last result where that counts later, as that of a check does.
//!
//! The call is foreign code. It runs in a task of its own, one at a time, and is cancelled by the drain of the group: a stop
//! waits for none.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Busy;
use crate::model::{BoxError, Panicked, SharedError};
use crate::sync::lock;
use crate::text::{catch_panic, panic_message};

type CallFuture = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;
type Call = Arc<dyn Fn() -> CallFuture + Send + Sync>;

/// A call on a clone of a value.
pub(crate) struct CallOnClone {
    /// `None` after the stop of the service was requested.
    call: Mutex<Option<Call>>,
    running: Mutex<Option<Arc<CallRun>>>,
    busy: Busy,
    last: Mutex<LastResult>,
}

/// What was [recorded](CallOnClone::record) last.
#[derive(Default)]
struct LastResult {
    passed_at: Option<Instant>,
    failure: Option<SharedError>,
}

/// How a result differs from the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResultChange {
    None,
    Fails,
    PassesAgain,
}

/// One call that runs, or has ended.
pub(crate) struct CallRun {
    pub(crate) since: Instant,
    /// Cancelled when nothing of the call is left.
    pub(crate) ended: CancellationToken,
    result: OnceLock<Result<(), SharedError>>,
}

impl CallOnClone {
    /// A call that clones the value each time: `value` is a clone itself.
    pub(crate) fn new<T: Send + 'static>(value: T, clone: fn(&T) -> T, run: fn(T) -> CallFuture) -> Self {
        let value = Mutex::new(value);
        let call: Call = Arc::new(move || run(clone(&lock(&value))));
        Self {
            call: Mutex::new(Some(call)),
            running: Mutex::default(),
            busy: Busy::default(),
            last: Mutex::default(),
        }
    }

    /// Counts the threads that run the call.
    pub(crate) fn busy(&self) -> &Busy {
        &self.busy
    }

    /// Returns the call that runs, or begins one. Returns `None` after the stop of the service was requested.
    ///
    /// The call is cancelled when the limit is reached, or the drain begins.
    pub(crate) fn begin(
        self: &Arc<Self>,
        draining: CancellationToken,
        limit: impl Future<Output = ()> + Send + 'static,
    ) -> Option<Arc<CallRun>> {
        let call = lock(&self.call).clone()?;
        let mut running = lock(&self.running);
        if let Some(run) = &*running {
            return Some(Arc::clone(run));
        }
        let run = Arc::new(CallRun {
            since: Instant::now(),
            ended: CancellationToken::new(),
            result: OnceLock::new(),
        });
        *running = Some(Arc::clone(&run));
        drop(running);
        let guard = RunGuard { call: Arc::clone(self), run: Arc::clone(&run) };
        tokio::spawn(async move {
            let guard = guard;
            // The clone is made, and dropped, in here too.
            let called = AssertUnwindSafe(async { call().await }).catch_unwind();
            let called = async {
                let result =
                    called.await.unwrap_or_else(|panic| Err(Panicked::new(panic_message(panic)).into()));
                result.map_err(SharedError::from)
            };
            tokio::select! {
                biased;
                () = draining.cancelled() => {}
                () = limit => {}
                result = guard.call.busy.clone().counting(called) => {
                    // There is one result.
                    let _ = guard.run.result.set(result);
                }
            }
            let _ = catch_panic(move || drop(call));
        });
        Some(run)
    }

    /// Drops the clone, which is foreign code. A call that runs keeps its own.
    pub(crate) fn discard(&self) {
        let call = lock(&self.call).take();
        // A panic of it is nobody's failure: the service has ended.
        let _ = catch_panic(|| drop(call));
    }

    /// Returns the call that runs, if it is on a thread now.
    pub(crate) fn on_thread(&self) -> Option<Arc<CallRun>> {
        lock(&self.running).clone().filter(|_| self.busy.is_on_thread())
    }

    /// Records a result, and returns how it differs from the one before.
    pub(crate) fn record(&self, failure: Option<SharedError>, now: Instant) -> ResultChange {
        let mut last = lock(&self.last);
        let change = match (&last.failure, &failure) {
            (None, Some(_)) => ResultChange::Fails,
            (Some(_), None) => ResultChange::PassesAgain,
            _ => ResultChange::None,
        };
        *last = LastResult { passed_at: failure.is_none().then_some(now), failure };
        change
    }

    /// Returns whether the last result was recorded within this time, and is a success.
    pub(crate) fn has_passed_within(&self, time: Duration, now: Instant) -> bool {
        lock(&self.last).passed_at.is_some_and(|at| now.saturating_duration_since(at) < time)
    }

    /// Returns the failure that was recorded last, unless it has passed since.
    pub(crate) fn failure(&self) -> Option<SharedError> {
        lock(&self.last).failure.clone()
    }
}

impl CallRun {
    /// Returns the result, unless the call runs still, or ended with the drain.
    pub(crate) fn result(&self) -> Option<Result<(), SharedError>> {
        self.result.get().cloned()
    }
}

/// Makes room for the next call when nothing of this one is left.
struct RunGuard {
    call: Arc<CallOnClone>,
    run: Arc<CallRun>,
}

impl Drop for RunGuard {
    fn drop(&mut self) {
        *lock(&self.call.running) = None;
        self.run.ended.cancel();
    }
}

impl fmt::Debug for CallOnClone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallOnClone").finish_non_exhaustive()
    }
}
