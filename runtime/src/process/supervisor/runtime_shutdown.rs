//! The time after a run: a runtime that waits for blocking work which never ends does not hold up the process.
//!
//! A task that lives as long as the runtime tells when that is being dropped. Where the process is still there a while
//! later, and nobody has thrown the outcome away to do something else, the guard ends it.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::SUPERVISOR;
use crate::text::HumanDuration;

/// How long a runtime may take to go.
const PATIENCE: Duration = Duration::from_millis(500);

/// Held by the outcome of a run that is over.
#[derive(Debug)]
pub(crate) struct RuntimeShutdown {
    leaving: Arc<Leaving>,
    is_kept: bool,
}

/// A run that is over, in a process that is about to end.
#[derive(Debug)]
pub(super) struct Leaving {
    group: &'static str,
    code: u8,
    /// Cancelled when the outcome was dropped, so that the process goes on.
    waived: CancellationToken,
    /// When the runtime began to go.
    since: OnceLock<Instant>,
}

/// Owned by a task: dropped with the runtime, or when the outcome is.
struct Lives(Arc<Leaving>);

impl RuntimeShutdown {
    /// Of a run in the current runtime.
    pub(crate) fn new(group: &'static str, code: u8) -> Self {
        let leaving =
            Arc::new(Leaving { group, code, waived: CancellationToken::new(), since: OnceLock::new() });
        if let Ok(runtime) = Handle::try_current() {
            let lives = Lives(Arc::clone(&leaving));
            runtime.spawn(async move { lives.0.waived.cancelled().await });
        }
        Self { leaving, is_kept: false }
    }

    /// The outcome has become the exit code: nothing but the end of the process is left.
    pub(crate) fn keep(mut self) {
        self.is_kept = true;
    }
}

impl Drop for RuntimeShutdown {
    fn drop(&mut self) {
        if !self.is_kept {
            self.leaving.waived.cancel();
        }
    }
}

impl Drop for Lives {
    fn drop(&mut self) {
        if let (false, Some(guard)) = (self.0.waived.is_cancelled(), SUPERVISOR.get()) {
            self.0.since.get_or_init(Instant::now);
            guard.state().leaving.push(Arc::clone(&self.0));
            guard.events.wake();
        }
    }
}

impl Leaving {
    /// The moment after which the process is ended.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.since.get().filter(|_| !self.waived.is_cancelled()).map(|since| *since + PATIENCE)
    }

    /// The exit code and what to say where the deadline has passed.
    pub(super) fn overdue(&self, now: Instant) -> Option<(u8, String)> {
        let Self { group, code, .. } = self;
        let line = || {
            format!(
                "service-group: `{group}` has stopped, and its runtime is still there {} later: it waits for blocking \
                 work, in `spawn_blocking` say; the process ends with exit code {code}",
                HumanDuration(PATIENCE)
            )
        };
        (self.deadline()? <= now).then(|| (*code, line()))
    }
}
