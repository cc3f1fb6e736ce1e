//! What a signal does: the first one stops each run, the second forces it, the third ends the process (`exit.rs`). A signal
//! within 200 ms of the last one that counted is a copy of it, and does nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::exit::{self, ENDED_BY_SUPERVISOR};
use super::{State, SupervisedRun, event_queue, watchdog};
use crate::engine::request_reload;
use crate::model::{RepeatAction, SignalKind, StopCause};
use crate::state::GroupState;

/// Within this time after a signal that counted, another one is a copy of it: wrappers forward what the terminal has
/// already sent to the whole process group.
const COPIED_WITHIN: Duration = Duration::from_millis(200);

/// Returns whether a signal is a copy of the last one that counted.
pub(super) fn is_copy(last: Instant, now: Instant) -> bool {
    now.saturating_duration_since(last) < COPIED_WITHIN
}

/// How many signals counted for a run, as far as they differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SignalCount {
    None,
    One,
    TwoOrMore,
}

impl SignalCount {
    fn next(self) -> Self {
        match self {
            Self::None => Self::One,
            Self::One | Self::TwoOrMore => Self::TwoOrMore,
        }
    }
}

/// What one signal does to one run, or to the process.
pub(super) enum SignalAction {
    /// A SIGHUP that reloads the services of the run.
    Reload(Arc<GroupState>, tokio::runtime::Handle),
    /// The first signal: requests the stop.
    Stop(Arc<GroupState>, SignalKind),
    /// The second: cuts each window to the time between force and end.
    Force(Arc<GroupState>),
    /// The third: ends the process.
    ExitNow(Arc<GroupState>, SignalKind),
    /// No run listens: what the system does without a handler.
    DefaultAction(i32),
}

impl State {
    /// Counts a signal for each run, and returns what it does.
    ///
    /// A hang-up counts as the first signal only: the loss of a terminal does not mean that the stop is urgent.
    pub(super) fn on_signal(&mut self, signal: i32, now: Instant) -> Vec<SignalAction> {
        let kind = event_queue::kind(signal);
        let mut actions = Vec::new();
        let mut is_for_a_run = false;
        for run in self.runs.iter_mut().filter(|run| run.settings.stop_on.contains(kind)) {
            is_for_a_run = true;
            if kind == SignalKind::Hangup && run.reloads() {
                // `request_reload` does nothing during a start or a stop. SIGHUP does not force a stop either.
                actions.push(SignalAction::Reload(Arc::clone(&run.group), run.tokio.clone()));
                continue;
            }
            let copies = run.last_signal.is_some_and(|last| is_copy(last, now));
            if copies || run.signal_count != SignalCount::None && !run.forces(kind) {
                continue;
            }
            run.last_signal = Some(now);
            run.first_signal.get_or_insert(kind);
            actions.push(match run.signal_count {
                SignalCount::None => SignalAction::Stop(Arc::clone(&run.group), kind),
                SignalCount::One => SignalAction::Force(Arc::clone(&run.group)),
                SignalCount::TwoOrMore => SignalAction::ExitNow(Arc::clone(&run.group), kind),
            });
            run.signal_count = run.signal_count.next();
        }
        let is_copy_after_the_run = || self.runs_that_end_the_process().any(|run| run.is_copy(now));
        if !is_for_a_run && !self.signals_left_to_program.contains(kind) && !is_copy_after_the_run() {
            actions.push(SignalAction::DefaultAction(signal));
        }
        actions
    }
}

impl SupervisedRun {
    /// Returns whether the signal forces a stop that a signal began.
    fn forces(&self, kind: SignalKind) -> bool {
        let is_ignored = self.settings.repeated == RepeatAction::Ignore && self.first_signal == Some(kind);
        kind != SignalKind::Hangup && !is_ignored
    }
}

impl SignalAction {
    /// Called without the lock of the supervisor.
    pub(super) fn carry_out(self) {
        match self {
            Self::Stop(group, signal) => {
                group.request_stop(StopCause::Signal(signal));
            }
            Self::Reload(group, runtime) => {
                request_reload(&group, &runtime);
            }
            Self::Force(group) => group.force_token().cancel(),
            Self::ExitNow(group, signal) => {
                let mut line = format!("service-group: a third signal, {signal}, ends the process");
                if let Some(unfinished) = watchdog::unfinished_services(&group) {
                    line = format!("{line}; in `{}` {unfinished}", group.plan.name());
                }
                group.notify_of_final_text(|| line.clone());
                exit::exit_now(ENDED_BY_SUPERVISOR, line)
            }
            Self::DefaultAction(signal) => event_queue::run_default(signal),
        }
    }
}
