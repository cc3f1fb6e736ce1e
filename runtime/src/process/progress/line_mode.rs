//! A line for each change, where stderr is no terminal and no subscriber hears of the changes.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::io::Write as _;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use super::park::{park, waker};
use super::shared_stderr::writer;
use crate::model::StopOutcome;
use crate::model::{GroupPhase, GroupStatus, ServiceState, ServiceStatus};
use crate::state::GroupState;

/// Writes the lines until it is told to close.
pub(super) fn show(shared: &Arc<GroupState>, closing: &AtomicBool) {
    let mut changes = shared.subscribe();
    let (mut told, waker) = (Told::default(), waker());
    loop {
        let is_last = closing.load(Relaxed);
        let lines = told.news(&shared.status());
        // Where nobody reads there is nobody to tell.
        let _ = writer().write_all(lines.as_bytes());
        if is_last {
            return;
        }
        park(pin!(changes.changed()), &waker);
    }
}

/// What was told already.
#[derive(Default)]
struct Told {
    phase: Option<GroupPhase>,
    /// Of each service, by its name with the names of the groups around it.
    states: HashMap<String, ServiceState>,
}

/// A line, and how long ago there was reason for it.
type News = (Duration, String);

impl Told {
    /// A line for each thing that has changed since the last time, in the order in which it has.
    fn news(&mut self, status: &GroupStatus) -> String {
        let mut news = Vec::new();
        let phase = self.phase(status);
        let is_begin = !matches!(status.phase, GroupPhase::Running | GroupPhase::Stopped);
        news.extend(phase.clone().filter(|_| is_begin));
        self.services(status, "", &mut news);
        news.extend(phase.filter(|_| !is_begin));
        // What has changed at the same moment stays in this order.
        news.sort_by_key(|(since, _)| Reverse(*since));
        news.iter().flat_map(|(_, line)| ["service-group: ", line, "\n"]).collect()
    }

    fn phase(&mut self, status: &GroupStatus) -> Option<News> {
        let before = self.phase.replace(status.phase);
        let is_cause_told = before.is_some_and(|before| before.is_stopping());
        let said = match (status.phase, &status.cause) {
            (GroupPhase::Running, _) => "is ready".to_owned(),
            (phase, Some(cause)) if phase != GroupPhase::Stopped || !is_cause_told => {
                format!("{phase} {cause}")
            }
            (phase, _) => phase.to_string(),
        };
        let line = format!("`{}` {said}", status.group_name);
        (before != Some(status.phase)).then_some((status.in_state_for, line))
    }

    fn services(&mut self, status: &GroupStatus, path: &str, news: &mut Vec<News>) {
        for service in &status.services {
            let name = format!("{path}{}", service.name);
            if let Some(group) = &service.nested {
                self.services(group, &format!("{name}."), news);
            }
            let before = self.states.insert(name.clone(), service.state).unwrap_or(ServiceState::Waiting);
            if before != service.state {
                news.extend(said(service).map(|said| (service.in_state_for, format!("`{name}` {said}"))));
            }
        }
    }
}

/// What there is to say of its state; nothing of one that has never started.
fn said(service: &ServiceStatus) -> Option<String> {
    match (service.state, &service.outcome) {
        (ServiceState::Stopped, Some(StopOutcome::NotStarted)) => None,
        (ServiceState::Stopped, Some(ending)) if ending.exit_code() > 0 => Some(ending.to_string()),
        (ServiceState::Running, _) => Some("has started".to_owned()),
        (state, _) => Some(state.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Plan, ServicePlan};

    #[test]
    fn each_change_is_told_once() {
        let services = vec![ServicePlan::with_stop("store", &[], &[], None, None)];
        let shared = GroupState::new(Plan::leaked("App", None, None, services, vec![0]), None);
        let mut told = Told::default();
        assert_eq!(told.news(&shared.status()), "service-group: `App` starting\n");
        assert_eq!(told.news(&shared.status()), "");
        shared.set_state(0, ServiceState::Starting, tokio::time::Instant::now());
        assert_eq!(told.news(&shared.status()), "service-group: `store` starting\n");
        shared.set_state(0, ServiceState::Running, tokio::time::Instant::now());
        shared.enter(GroupPhase::Running);
        let ready = "service-group: `store` has started\nservice-group: `App` is ready\n";
        assert_eq!(told.news(&shared.status()), ready);
        shared.request(crate::StopCause::Signal(crate::SignalKind::Terminate));
        shared.enter(GroupPhase::Stopping);
        assert_eq!(told.news(&shared.status()), "service-group: `App` stopping on SIGTERM\n");
    }

    /// All that was missed is told at once, in its order, and who never started has not stopped.
    #[tokio::test(start_paused = true)]
    async fn a_start_that_is_given_up_is_told_in_order() {
        let plan = |name| ServicePlan::with_stop(name, &[], &[], None, None);
        let services = vec![plan("store"), plan("gateway")];
        let shared = GroupState::new(Plan::leaked("App", None, None, services, vec![0, 1]), None);
        let mut told = Told::default();
        told.news(&shared.status());
        shared.request(crate::StopCause::Signal(crate::SignalKind::Interrupt));
        shared.enter(GroupPhase::Stopping);
        for (index, ending) in [(1, StopOutcome::NotStarted), (0, StopOutcome::Graceful)] {
            tokio::time::advance(Duration::from_millis(1)).await;
            shared.set_outcome(index, ending, tokio::time::Instant::now());
        }
        shared.enter(GroupPhase::Stopped);
        let stopped = "service-group: `store` stopped\nservice-group: `App` stopped on SIGINT\n";
        assert_eq!(told.news(&shared.status()), stopped);
    }
}
