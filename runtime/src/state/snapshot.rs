//! The group at one moment, for whoever looks at it.

use std::ops::Range;

use tokio::time::Instant;

use super::GroupState;
use super::service_entry::ServiceEntry;
use crate::model::ServiceId;
use crate::model::{GroupPhase, GroupStatus, ServiceState, StopProgress};

impl GroupState {
    /// Whatever counts is asked without a lock of ours.
    pub(crate) fn status(&self) -> GroupStatus {
        let (phase, since, window, members) = {
            let state = self.state();
            (state.phase, state.since, state.window.clone(), state.members.clone())
        };
        let now = Instant::now();
        let services = members.iter().enumerate().map(|(index, member)| {
            member.status(
                (ServiceId::new(index), self.plan.services()[index].name()),
                self.waits_for(index, phase, &members),
                now,
            )
        });
        let at = if phase == GroupPhase::Stopped { since } else { now };
        GroupStatus {
            group_name: self.plan.name(),
            phase,
            in_state_for: now.saturating_duration_since(since),
            uptime: now.saturating_duration_since(self.begun),
            cause: self.cause().cloned(),
            stop: window.map(|window| StopProgress::at(at, &window, self.force().is_cancelled())),
            services: services.collect(),
        }
    }

    /// Whom a service waits for that is not under way: before its start those that it needs, before its stop those that
    /// stop before it.
    fn waits_for(&self, index: usize, phase: GroupPhase, members: &[ServiceEntry]) -> Vec<&'static str> {
        let services = self.plan.services();
        let named = |of: &usize| services[*of].name();
        match phase {
            GroupPhase::Starting if members[index].state == ServiceState::Waiting => {
                let needs = services[index].dependencies().iter().map(|edge| edge.service.index());
                needs.filter(|of| !members[*of].state.has_started()).map(|of| named(&of)).collect()
            }
            GroupPhase::Stopping if members[index].asked.is_none() => {
                let alive = |of: &usize| members[*of].state != ServiceState::Stopped;
                let ahead = self.graph.ahead(index).iter().map(|(ahead, _)| *ahead);
                ahead.filter(alive).map(|of| named(&of)).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl StopProgress {
    pub(super) fn at(now: Instant, window: &Range<Instant>, forced: bool) -> Self {
        Self {
            elapsed: now.saturating_duration_since(window.start),
            remaining: window.end.saturating_duration_since(now),
            stop_within: window.end.saturating_duration_since(window.start),
            forced,
        }
    }
}
