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

use super::exit::WORK_CUT;
use super::runtime_threads::{RuntimeName, RuntimeThreads};
use super::signals::is_copy;
use super::{Registration, SUPERVISOR};
use crate::text::HumanDuration;

/// How long a runtime may take to shut down.
const LIMIT: Duration = Duration::from_millis(500);
/// The same, if it is not known whether the runtime has ended: `main` may be busy with something else by then.
const LIMIT_IF_UNKNOWN: Duration = Duration::from_secs(10);

/// Held by the outcome of a run that is over.
#[derive(Debug)]
pub(crate) struct RuntimeShutdown {
    run: Arc<EndedRun>,
    is_exit_code: bool,
}

/// A run that is over, in a process that is going to end.
#[derive(Debug)]
pub(super) struct EndedRun {
    group: &'static str,
    code: u8,
    /// Cancelled when the outcome was dropped: the process goes on.
    waived: CancellationToken,
    name: RuntimeName,
    /// When the last signal came that counted for the run.
    last_signal: Option<Instant>,
    /// When the shutdown of the runtime began, and the threads that it had.
    shutdown: OnceLock<(Instant, RuntimeThreads)>,
}

/// Owned by a task. It is dropped when the runtime shuts down, or after the outcome was dropped.
struct OnShutdown(Arc<EndedRun>);

impl RuntimeShutdown {
    /// Watches the current runtime.
    pub(crate) fn new(group: &'static str, code: u8, registration: &Registration) -> Self {
        let run = Arc::new(EndedRun {
            group,
            code,
            waived: CancellationToken::new(),
            name: registration.runtime.clone(),
            last_signal: registration.last_signal(),
            shutdown: OnceLock::new(),
        });
        if let Some(supervisor) = SUPERVISOR.get() {
            supervisor.state().ended_runs.push(Arc::clone(&run));
        }
        if let Ok(runtime) = Handle::try_current() {
            let on_shutdown = OnShutdown(Arc::clone(&run));
            runtime.spawn(async move { on_shutdown.0.waived.cancelled().await });
        }
        Self { run, is_exit_code: false }
    }

    /// Records that the outcome has become the exit code: only the end of the process is left.
    pub(crate) fn keep(mut self) {
        self.is_exit_code = true;
    }
}

impl Drop for RuntimeShutdown {
    fn drop(&mut self) {
        if !self.is_exit_code {
            self.run.waived.cancel();
            if let Some(supervisor) = SUPERVISOR.get() {
                supervisor.state().ended_runs.retain(|run| !Arc::ptr_eq(run, &self.run));
            }
        }
    }
}

impl Drop for OnShutdown {
    fn drop(&mut self) {
        if let (false, Some(supervisor)) = (self.0.waived.is_cancelled(), SUPERVISOR.get()) {
            self.0.shutdown.get_or_init(|| (Instant::now(), RuntimeThreads::alive_now(&self.0.name)));
            supervisor.events.wake();
        }
    }
}

impl EndedRun {
    /// Returns when the process is ended, as far as it is known now. `None` as long as the runtime runs, and when it is known
    /// to have ended: from then on the time of `main` is not limited.
    pub(super) fn deadline(&self, now: Instant) -> Option<Instant> {
        let (since, threads) = self.shutdown.get().filter(|_| !self.waived.is_cancelled())?;
        if now < *since + LIMIT {
            // The threads are looked at only then: most processes have ended long before.
            return Some(*since + LIMIT);
        }
        match threads.any_is_alive() {
            Some(true) => Some(*since + LIMIT),
            Some(false) => None,
            None => Some(*since + LIMIT_IF_UNKNOWN),
        }
    }

    /// Returns whether a signal is the same request as the one that ended the run: the process is about to end.
    pub(super) fn is_copy(&self, now: Instant) -> bool {
        self.last_signal.is_some_and(|last| is_copy(last, now))
    }

    /// Returns the exit code and the last line, if the deadline has passed.
    pub(super) fn overdue(&self, now: Instant) -> Option<(u8, String)> {
        let deadline = self.deadline(now)?;
        let (since, _) = self.shutdown.get()?;
        let group = self.group;
        let code = WORK_CUT.max(self.code);
        let limit = HumanDuration(deadline - *since);
        let line = || {
            format!(
                "service-group: `{group}` has stopped, but its runtime has not shut down within {limit}: it waits for \
                 blocking work, in `spawn_blocking` for example; exiting with code {code}",
            )
        };
        (deadline <= now).then(|| (code, line()))
    }
}
