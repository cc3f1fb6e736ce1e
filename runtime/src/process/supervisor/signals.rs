//! What a signal means to the runs on guard.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{State, event_queue, exit, watchdog};
use crate::model::{SignalKind, StopCause};
use crate::state::GroupState;

/// A signal this soon after the last one that counted is the same request: wrappers forward what the terminal already
/// sent to the whole process group.
const SAME_REQUEST: Duration = Duration::from_millis(200);

/// What a signal asks for.
pub(super) enum Request {
    Stop(Arc<GroupState>, SignalKind),
    Force(Arc<GroupState>),
    End(Arc<GroupState>, SignalKind),
    Default(i32),
}

impl State {
    /// Counts a signal, run by run: the first stops, the second forces, the third ends the process.
    pub(super) fn on_signal(&mut self, signal: i32, now: Instant) -> Vec<Request> {
        if self.last_counted.is_some_and(|last| now.duration_since(last) < SAME_REQUEST) {
            return Vec::new();
        }
        let kind = event_queue::kind(signal);
        let mut requests = Vec::new();
        for run in self.runs.iter_mut().filter(|run| run.signals) {
            if run.count > 0 && kind == SignalKind::Hangup {
                continue;
            }
            run.count += 1;
            requests.push(match run.count {
                1 => Request::Stop(Arc::clone(&run.shared), kind),
                2 => Request::Force(Arc::clone(&run.shared)),
                _ => Request::End(Arc::clone(&run.shared), kind),
            });
        }
        if !requests.is_empty() {
            self.last_counted = Some(now);
        } else if self.restores_default_signals && !self.runs.iter().any(|run| run.signals) {
            requests.push(Request::Default(signal));
        }
        requests
    }
}

impl Request {
    pub(super) fn carry_out(self) {
        match self {
            Self::Stop(shared, signal) => {
                shared.request(StopCause::Signal(signal));
            }
            Self::Force(shared) => shared.force().cancel(),
            Self::End(shared, signal) => {
                let mut line = format!("service-group: a third signal, {signal}, ends the process");
                if let Some(who) = watchdog::who(&shared) {
                    line = format!("{line}; in `{}` {who}", shared.plan.name());
                }
                shared.last_words(|| line.clone());
                exit::exit_now(4, line)
            }
            Self::Default(signal) => event_queue::default(signal),
        }
    }
}
