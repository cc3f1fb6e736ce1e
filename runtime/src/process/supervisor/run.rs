//! One run of a group, as the supervisor sees it.

use std::fs::File;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::periodic::Periodic;
use super::signals::SignalCount;
use super::{Ping, SignalSet, StopSignal};
use crate::model::{CallKind, GroupPhase, RepeatAction, SignalKind};
use crate::state::GroupState;

/// The supervisor sleeps no longer than this during a start or a stop, so that it knows for how long the process was suspended.
const TICK: Duration = Duration::from_millis(250);

/// What a run wants from the supervisor.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// The signals that stop the run.
    pub(crate) stop_on: SignalSet,
    /// What the signal that began the stop does when it comes again.
    pub(crate) repeated: RepeatAction,
    /// Whether SIGHUP reloads the run, if one of its services has a `reload`.
    pub(crate) reloads: bool,
    /// Whether signals regain their default action after the run.
    pub(crate) restore_default_signals: bool,
    /// After which silence the runtime counts as stalled; `None` if that is not to be reported.
    pub(crate) stall_threshold: Option<Duration>,
}

/// One run of a group.
#[derive(Debug)]
pub(super) struct SupervisedRun {
    pub(super) group: Arc<GroupState>,
    pub(super) stop_signal: StopSignal,
    pub(super) ping: Ping,
    pub(super) periodics: Vec<Periodic>,
    pub(super) settings: Settings,
    /// Where its reloads run.
    pub(super) tokio: tokio::runtime::Handle,
    /// Whether the process had a terminal when the run began.
    pub(super) had_terminal: bool,
    /// How many signals counted for it.
    pub(super) signal_count: SignalCount,
    /// The first one of them.
    pub(super) first_signal: Option<SignalKind>,
    /// When the last signal came that counted for it.
    pub(super) last_signal: Option<Instant>,
    /// For how long the process was suspended since the stop was requested.
    pub(super) suspended: Duration,
    /// Whether it is stuck, so that the supervisor waits for it no longer.
    pub(super) is_given_up: bool,
}

impl SupervisedRun {
    pub(super) fn new(
        group: &Arc<GroupState>,
        stop_signal: StopSignal,
        ping: Ping,
        settings: Settings,
    ) -> Self {
        Self {
            group: Arc::clone(group),
            stop_signal,
            ping,
            periodics: Vec::new(),
            settings,
            tokio: tokio::runtime::Handle::current(),
            had_terminal: has_terminal(),
            signal_count: SignalCount::None,
            first_signal: None,
            last_signal: None,
            suspended: Duration::ZERO,
            is_given_up: false,
        }
    }

    /// Moves the deadlines of the run by a time in which the whole process did not run.
    pub(super) fn postpone(&mut self, suspended: Duration) {
        self.ping.postpone(suspended);
        if self.is_stopping() {
            self.suspended += suspended;
        }
    }

    /// Returns whether a stop was requested.
    pub(super) fn is_stopping(&self) -> bool {
        self.stop_signal.requested_at().is_some()
    }

    /// Returns whether SIGHUP reloads the run. A hang-up of the terminal stops it.
    pub(super) fn reloads(&self) -> bool {
        let terminal_has_gone = || self.had_terminal && !has_terminal();
        self.settings.reloads
            && self.group.plan.longest_call(CallKind::Reload).is_some()
            && !terminal_has_gone()
    }

    /// Returns whether the run is being started or stopped: in windows, which a suspension of the process would use up.
    pub(super) fn is_timed(&self) -> bool {
        self.is_stopping() || self.group.phase() == GroupPhase::Starting
    }

    /// Returns when the supervisor has something to do for the run: a periodic job, the hard deadline, or a check whether
    /// the process was suspended.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        let deadline = self.hard_deadline().filter(|_| !self.is_given_up);
        let tick = (self.is_timed() && !self.is_given_up).then(|| now + TICK);
        deadline.into_iter().chain(tick).chain(self.periodics.iter().map(Periodic::due)).min()
    }
}

/// Returns whether the process has a controlling terminal: without one, or after its hang-up, the file cannot be opened.
fn has_terminal() -> bool {
    cfg!(unix) && File::open("/dev/tty").is_ok()
}
