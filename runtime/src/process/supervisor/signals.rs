//! What a signal does: the first one stops each run, the second forces it, the third ends the process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{State, event_queue, exit, watchdog};
use crate::model::{SignalKind, StopCause};
use crate::state::GroupState;

/// A signal within this time after the last one that counted for the same run is the same request: wrappers forward what the terminal has
/// already sent to the whole process group.
const SAME_REQUEST: Duration = Duration::from_millis(200);

/// Returns whether a signal is the same request as the last one that counted.
pub(super) fn is_same_request(last: Instant, now: Instant) -> bool {
    now.saturating_duration_since(last) < SAME_REQUEST
}

/// What a signal requests.
pub(super) enum Request {
    Stop(Arc<GroupState>, SignalKind),
    Force(Arc<GroupState>),
    ExitNow(Arc<GroupState>, SignalKind),
    DefaultAction(i32),
}

impl State {
    /// Counts a signal for each run, and returns what it requests.
    ///
    /// A hang-up counts as the first signal only: a terminal that is gone says nothing about urgency.
    pub(super) fn on_signal(&mut self, signal: i32, now: Instant) -> Vec<Request> {
        let kind = event_queue::kind(signal);
        let (mut requests, mut is_for_a_run) = (Vec::new(), false);
        for run in self.runs.iter_mut().filter(|run| run.signals) {
            is_for_a_run = true;
            let is_repeated = run.last_signal.is_some_and(|last| is_same_request(last, now));
            if is_repeated || run.signal_count > 0 && kind == SignalKind::Hangup {
                continue;
            }
            run.last_signal = Some(now);
            run.signal_count += 1;
            requests.push(match run.signal_count {
                1 => Request::Stop(Arc::clone(&run.group), kind),
                2 => Request::Force(Arc::clone(&run.group)),
                _ => Request::ExitNow(Arc::clone(&run.group), kind),
            });
        }
        let is_late = || self.leaving().any(|leaving| leaving.is_same_request(now));
        if !is_for_a_run && !self.leaves_signals && !is_late() {
            requests.push(Request::DefaultAction(signal));
        }
        requests
    }
}

impl Request {
    /// Called without the lock of the supervisor.
    pub(super) fn carry_out(self) {
        match self {
            Self::Stop(group, signal) => {
                group.request(StopCause::Signal(signal));
            }
            Self::Force(group) => group.force().cancel(),
            Self::ExitNow(group, signal) => {
                let mut line = format!("service-group: a third signal, {signal}, ends the process");
                if let Some(stuck) = watchdog::stuck_services(&group) {
                    line = format!("{line}; in `{}` {stuck}", group.plan.name());
                }
                group.last_words(|| line.clone());
                exit::exit_now(4, line)
            }
            Self::DefaultAction(signal) => event_queue::run_default(signal),
        }
    }
}
