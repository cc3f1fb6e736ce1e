//! A process that has to end because a run of it is stuck. Runs beside it are stopped first, each within its own budget.

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
    /// Says this and ends the process with that code, though something of the run is still there.
    pub(crate) async fn end_process(&self, code: u8, line: String) -> Infallible {
        if let Some(guard) = SUPERVISOR.get() {
            guard.condemn(&self.shared, code, line);
        }
        std::future::pending().await
    }
}

impl Supervisor {
    /// Ends the process for the sake of this run, at once or when no other has time left.
    pub(super) fn condemn(&self, shared: &Arc<GroupState>, code: u8, line: String) {
        let others = self.state().condemn(shared, code, line);
        for other in others {
            other.request(StopCause::Requested);
        }
        self.events.wake();
    }
}

impl State {
    /// Gives the runs that have to be stopped first.
    fn condemn(&mut self, shared: &Arc<GroupState>, code: u8, line: String) -> Vec<Arc<GroupState>> {
        for run in self.runs.iter_mut().filter(|run| Arc::ptr_eq(&run.shared, shared)) {
            run.given_up = true;
        }
        let code = self.condemned.as_ref().map_or(code, |earlier| earlier.code.max(code));
        let others: Vec<_> =
            self.runs.iter().filter(|run| !run.given_up).map(|run| Arc::clone(&run.shared)).collect();
        let line = if others.is_empty() {
            line
        } else {
            let names: Vec<_> = others.iter().map(|other| other.plan.name()).collect();
            stderr::print_detached(format!(
                "{line}\nservice-group: it ends when {} has stopped",
                words::names(names)
            ));
            format!(
                "service-group: `{}` is stuck: the process ends with exit code {code}",
                shared.plan.name()
            )
        };
        self.condemned = Some(PendingExit { code, line });
        others
    }
}
