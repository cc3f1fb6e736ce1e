//! Writes a line for each change, if stderr is not a terminal and no subscriber listens.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::io::Write as _;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use super::park::{park, waker};
use super::running_changes::RunningChanges;
use super::shared_stderr::writer;
use crate::model::{GroupPhase, GroupStatus, ServiceState, ServiceStatus, inner_path};
use crate::state::GroupState;
use crate::view::words;

/// Writes the lines until `closing` is set.
pub(super) fn show(group: &Arc<GroupState>, closing: &AtomicBool) {
    let mut changes = group.subscribe();
    let (mut written, waker) = (Written::default(), waker());
    loop {
        let is_last = closing.load(Relaxed);
        let lines = written.changes(&group.status());
        // There is no other place to report that stderr is closed.
        let _ = writer().write_all(lines.as_bytes());
        if is_last {
            return;
        }
        park(pin!(changes.changed()), &waker);
    }
}

/// What was already written.
#[derive(Default)]
struct Written {
    phase: Option<GroupPhase>,
    /// By the name of the service, with the names of the groups around it: its state, and the number of the attempt.
    states: HashMap<String, (ServiceState, u32)>,
    running: RunningChanges,
}

/// A line, and how long ago its change happened.
type Change = (Duration, String);

impl Written {
    /// Returns a line for each change since the last call, in the order of the changes.
    fn changes(&mut self, status: &GroupStatus) -> String {
        let mut changes = Vec::new();
        let phase = self.phase(status);
        let is_begin = !matches!(status.phase, GroupPhase::Running | GroupPhase::Stopped);
        changes.extend(phase.clone().filter(|_| is_begin));
        self.services(status, "", &mut changes);
        changes.extend(phase.filter(|_| !is_begin));
        let running = self.running.lines(status).into_iter();
        changes.extend(running.map(|line| (Duration::ZERO, line)));
        // The sort is stable: changes of the same moment keep this order.
        changes.sort_by_key(|(since, _)| Reverse(*since));
        changes.iter().flat_map(|(_, line)| ["service-group: ", line, "\n"]).collect()
    }

    fn phase(&mut self, status: &GroupStatus) -> Option<Change> {
        let before = self.phase.replace(status.phase);
        let is_cause_written = before.is_some_and(GroupPhase::is_stopping);
        let text = match (status.phase, &status.cause) {
            (GroupPhase::Running, _) => "is ready".to_owned(),
            (phase, Some(cause)) if phase != GroupPhase::Stopped || !is_cause_written => {
                format!("{phase} {cause}")
            }
            (phase, _) => phase.to_string(),
        };
        let line = format!("`{}` {text}", status.group_name);
        (before != Some(status.phase)).then_some((status.in_state_for, line))
    }

    fn services(&mut self, status: &GroupStatus, path: &str, changes: &mut Vec<Change>) {
        for service in &status.services {
            let name = format!("{path}{}", service.name);
            if let Some(group) = &service.nested {
                self.services(group, &inner_path(path, &service.name, group.is_collection), changes);
            }
            let now = (service.state, service.attempts);
            let before = self.states.insert(name.clone(), now).unwrap_or((ServiceState::Waiting, 0));
            let is_shown = !status.is_collection || has_gone_wrong(service);
            if before.0 != service.state {
                changes.extend(
                    text(service)
                        .filter(|_| is_shown)
                        .map(|text| (service.in_state_for, format!("`{name}` {text}"))),
                );
            } else if before.1 != service.attempts && service.attempts > 1 {
                changes.push((Duration::ZERO, format!("`{name}` starting{}", words::attempt(service))));
            }
        }
    }
}

/// Of the members of a collection, which may be many, only these have lines.
fn has_gone_wrong(service: &ServiceStatus) -> bool {
    service.state == ServiceState::Failed
        || service.outcome.as_ref().is_some_and(|outcome| outcome.exit_code() > 0)
}

/// Returns the text about the state of a service; `None` for one that has never started.
fn text(service: &ServiceStatus) -> Option<String> {
    match (service.state, &service.outcome) {
        (ServiceState::Stopped, Some(outcome)) if !outcome.has_started() => None,
        (ServiceState::LeftOut, _) => None,
        (ServiceState::Stopped, Some(outcome)) if outcome.exit_code() > 0 => Some(outcome.to_string()),
        (ServiceState::Running, _) => Some("has started".to_owned()),
        (state, _) => Some(state.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Plan, ServicePlan, StopOutcome};

    #[test]
    fn each_change_is_written_once() {
        let services = vec![ServicePlan::with_stop("store", &[], &[], None, None)];
        let group = GroupState::new(Plan::leaked("App", None, None, services, vec![0]), None);
        let mut written = Written::default();
        assert_eq!(written.changes(&group.status()), "service-group: `App` starting\n");
        assert_eq!(written.changes(&group.status()), "");
        group.set_state(0, ServiceState::Starting, tokio::time::Instant::now());
        assert_eq!(written.changes(&group.status()), "service-group: `store` starting\n");
        group.set_state(0, ServiceState::Running, tokio::time::Instant::now());
        group.enter(GroupPhase::Running);
        let ready = "service-group: `store` has started\nservice-group: `App` is ready\n";
        assert_eq!(written.changes(&group.status()), ready);
        group.request_stop(crate::StopCause::Signal(crate::SignalKind::Terminate));
        group.enter(GroupPhase::Stopping);
        assert_eq!(written.changes(&group.status()), "service-group: `App` stopping on SIGTERM\n");
    }

    /// Several changes are written together, in their order. A service that never started has not stopped.
    #[tokio::test(start_paused = true)]
    async fn a_start_that_is_rolled_back_is_written_in_order() {
        let plan = |name| ServicePlan::with_stop(name, &[], &[], None, None);
        let services = vec![plan("store"), plan("gateway")];
        let group = GroupState::new(Plan::leaked("App", None, None, services, vec![0, 1]), None);
        let mut written = Written::default();
        written.changes(&group.status());
        group.request_stop(crate::StopCause::Signal(crate::SignalKind::Interrupt));
        group.enter(GroupPhase::Stopping);
        for (index, outcome) in [(1, StopOutcome::NotStarted), (0, StopOutcome::Graceful)] {
            tokio::time::advance(Duration::from_millis(1)).await;
            group.set_outcome(index, outcome, tokio::time::Instant::now());
        }
        group.enter(GroupPhase::Stopped);
        let stopped = "service-group: `store` stopped\nservice-group: `App` stopped on SIGINT\n";
        assert_eq!(written.changes(&group.status()), stopped);
    }
}
