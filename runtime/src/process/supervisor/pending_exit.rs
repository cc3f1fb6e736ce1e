//! The exit of a process in which one run is stuck. Other runs are stopped first, each within its own budget: a second
//! process would have had that time, too.

use std::convert::Infallible;
use std::sync::Arc;

use super::{Registration, SUPERVISOR, State, Supervisor};
use crate::model::StopCause;
use crate::state::GroupState;
use crate::text::stderr;
use crate::view::words;

/// The exit code of the process, and its last line.
#[derive(Debug)]
pub(super) struct PendingExit {
    pub(super) code: u8,
    pub(super) line: String,
}

impl Registration {
    /// Prints the line and ends the process with that code, although something of the run is still there.
    pub(crate) async fn end_process(&self, code: u8, line: String) -> Infallible {
        if let Some(supervisor) = SUPERVISOR.get() {
            supervisor.end_process_for(&self.group, code, line);
        }
        std::future::pending().await
    }
}

impl Supervisor {
    /// Ends the process because of this run: at once, or when no other run has time left.
    pub(super) fn end_process_for(&self, group: &Arc<GroupState>, code: u8, line: String) {
        let others = self.state().give_up(group, code, line);
        for other in others {
            other.request_stop(StopCause::Requested);
        }
        self.events.wake();
    }
}

impl State {
    /// Gives up a run, and returns the runs that have to be stopped first.
    fn give_up(&mut self, group: &Arc<GroupState>, code: u8, line: String) -> Vec<Arc<GroupState>> {
        for run in self.runs.iter_mut().filter(|run| Arc::ptr_eq(&run.group, group)) {
            run.is_given_up = true;
        }
        let code = self.pending_exit.as_ref().map_or(code, |earlier| earlier.code.max(code));
        let others: Vec<_> =
            self.runs.iter().filter(|run| !run.is_given_up).map(|run| Arc::clone(&run.group)).collect();
        let line = if others.is_empty() {
            line
        } else {
            let names = words::names(others.iter().map(|other| other.plan.name()));
            stderr::print_detached(format!(
                "{line}\nservice-group: the process exits when {names} has stopped"
            ));
            format!("service-group: `{}` is stuck; exiting with code {code}", group.plan.name())
        };
        self.pending_exit = Some(PendingExit { code, line });
        others
    }
}
