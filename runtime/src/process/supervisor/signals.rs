//! What a signal does: the first one stops each run, the second forces it, the third ends the process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{State, event_queue, exit, watchdog};
use crate::model::{SignalKind, StopCause};
use crate::state::GroupState;

/// A signal within this time after the last one that counted is the same request: wrappers forward what the terminal has
/// already sent to the whole process group.
const SAME_REQUEST: Duration = Duration::from_millis(200);

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
        if self.last_counted.is_some_and(|last| now.duration_since(last) < SAME_REQUEST) {
            return Vec::new();
        }
        let kind = event_queue::kind(signal);
        let mut requests = Vec::new();
        for run in self.runs.iter_mut().filter(|run| run.signals) {
            if run.signal_count > 0 && kind == SignalKind::Hangup {
                continue;
            }
            run.signal_count += 1;
            requests.push(match run.signal_count {
                1 => Request::Stop(Arc::clone(&run.group), kind),
                2 => Request::Force(Arc::clone(&run.group)),
                _ => Request::ExitNow(Arc::clone(&run.group), kind),
            });
        }
        if !requests.is_empty() {
            self.last_counted = Some(now);
        } else if self.restore_default_signals && !self.runs.iter().any(|run| run.signals) {
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
