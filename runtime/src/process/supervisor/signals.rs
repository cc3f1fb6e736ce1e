//! What a signal does: the first one stops each run, the second forces it, the third ends the process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{State, SupervisedRun, event_queue, exit, watchdog};
use crate::engine::request_reload;
use crate::model::{RepeatAction, SignalKind, StopCause};
use crate::state::GroupState;

/// Within this time after a signal that counted, another one is a copy of it: wrappers forward what the terminal has
/// already sent to the whole process group.
const COPIES: Duration = Duration::from_millis(200);

/// Returns whether a signal is a copy of the last one that counted.
pub(super) fn is_copy(last: Instant, now: Instant) -> bool {
    now.saturating_duration_since(last) < COPIES
}

/// What a signal does.
pub(super) enum SignalAction {
    Reload(Arc<GroupState>, tokio::runtime::Handle),
    Stop(Arc<GroupState>, SignalKind),
    Force(Arc<GroupState>),
    ExitNow(Arc<GroupState>, SignalKind),
    DefaultAction(i32),
}

impl State {
    /// Counts a signal for each run, and returns what it requests.
    ///
    /// A hang-up counts as the first signal only: a terminal that is gone says nothing about urgency.
    pub(super) fn on_signal(&mut self, signal: i32, now: Instant) -> Vec<SignalAction> {
        let kind = event_queue::kind(signal);
        let (mut requests, mut is_for_a_run) = (Vec::new(), false);
        for run in self.runs.iter_mut().filter(|run| run.settings.stop_on.contains(kind)) {
            is_for_a_run = true;
            if kind == SignalKind::Hangup && run.reloads() {
                // Nothing is reloaded while the group starts or stops. The terminal is not urgent then either.
                requests.push(SignalAction::Reload(Arc::clone(&run.group), run.tokio.clone()));
                continue;
            }
            let copies = run.last_signal.is_some_and(|last| is_copy(last, now));
            if copies || run.signal_count > 0 && !run.forces(kind) {
                continue;
            }
            run.last_signal = Some(now);
            run.first_signal.get_or_insert(kind);
            run.signal_count += 1;
            requests.push(match run.signal_count {
                1 => SignalAction::Stop(Arc::clone(&run.group), kind),
                2 => SignalAction::Force(Arc::clone(&run.group)),
                // The third and every later one.
                _ => SignalAction::ExitNow(Arc::clone(&run.group), kind),
            });
        }
        let is_copy_after_the_run = || self.runs_that_end_the_process().any(|run| run.is_copy(now));
        if !is_for_a_run && !self.signals_left_to_program.contains(kind) && !is_copy_after_the_run() {
            requests.push(SignalAction::DefaultAction(signal));
        }
        requests
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
                exit::exit_now(4, line)
            }
            Self::DefaultAction(signal) => event_queue::run_default(signal),
        }
    }
}
