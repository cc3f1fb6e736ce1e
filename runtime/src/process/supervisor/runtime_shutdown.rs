//! Bounds the time that the runtime takes to shut down after a run: blocking work that never ends does not keep the process
//! alive.
//!
//! A run stays supervised until its outcome is dropped. A runtime that is dropped waits for its blocking work, and reports
//! nothing when that ends. A task that lives as long as the runtime observes that the shutdown begins. An outcome that is
//! held, or has become the exit code, means that the process is going to end; a program that goes on drops it.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::SUPERVISOR;
use crate::text::HumanDuration;

/// How long a runtime may take to shut down.
const LIMIT: Duration = Duration::from_millis(500);

/// Held by the outcome of a run that is over.
#[derive(Debug)]
pub(crate) struct RuntimeShutdown {
    leaving: Arc<Leaving>,
    is_exit_code: bool,
}

/// A run that is over, in a process that is going to end.
#[derive(Debug)]
pub(super) struct Leaving {
    group: &'static str,
    code: u8,
    /// Cancelled when the outcome was dropped: the process goes on.
    waived: CancellationToken,
    /// When the shutdown of the runtime began.
    since: OnceLock<Instant>,
}

/// Owned by a task. It is dropped when the runtime shuts down, or after the outcome was dropped.
struct OnShutdown(Arc<Leaving>);

impl RuntimeShutdown {
    /// Watches the current runtime.
    pub(crate) fn new(group: &'static str, code: u8) -> Self {
        let leaving =
            Arc::new(Leaving { group, code, waived: CancellationToken::new(), since: OnceLock::new() });
        if let Ok(runtime) = Handle::try_current() {
            let on_shutdown = OnShutdown(Arc::clone(&leaving));
            runtime.spawn(async move { on_shutdown.0.waived.cancelled().await });
        }
        Self { leaving, is_exit_code: false }
    }

    /// Records that the outcome has become the exit code: only the end of the process is left.
    pub(crate) fn keep(mut self) {
        self.is_exit_code = true;
    }
}

impl Drop for RuntimeShutdown {
    fn drop(&mut self) {
        if !self.is_exit_code {
            self.leaving.waived.cancel();
        }
    }
}

impl Drop for OnShutdown {
    fn drop(&mut self) {
        if let (false, Some(supervisor)) = (self.0.waived.is_cancelled(), SUPERVISOR.get()) {
            self.0.since.get_or_init(Instant::now);
            supervisor.state().leaving.push(Arc::clone(&self.0));
            supervisor.events.wake();
        }
    }
}

impl Leaving {
    /// Returns when the process is ended.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.since.get().filter(|_| !self.waived.is_cancelled()).map(|since| *since + LIMIT)
    }

    /// Returns the exit code and the last line, if the deadline has passed.
    pub(super) fn overdue(&self, now: Instant) -> Option<(u8, String)> {
        let Self { group, code, .. } = self;
        let line = || {
            format!(
                "service-group: `{group}` has stopped, but its runtime has not shut down within {}: it waits for \
                 blocking work, in `spawn_blocking` for example; exiting with code {code}",
                HumanDuration(LIMIT)
            )
        };
        (self.deadline()? <= now).then(|| (*code, line()))
    }
}
