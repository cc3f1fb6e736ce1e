//! Takes the status of a group at one moment.

use std::ops::Range;

use tokio::time::Instant;

use super::GroupState;
use super::service_entry::{ReadStats, ServiceEntry};
use super::stats_reader::StatsReader;
use crate::model::ServiceId;
use crate::model::{GroupPhase, GroupStatus, ServiceState, StopProgress};

impl GroupState {
    /// Statistics are read here, without a lock of this crate: the caller waits for a source that blocks.
    pub(crate) fn status(&self) -> GroupStatus {
        self.status_with(StatsReader::read)
    }

    /// For the supervisor and for drivers: a source of statistics that blocks is left out.
    pub(crate) fn status_bounded(&self) -> GroupStatus {
        self.status_with(StatsReader::read_bounded)
    }

    pub(super) fn status_with(&self, read: ReadStats) -> GroupStatus {
        let (phase, since, window, entries, not_ready) = {
            let state = self.state();
            let (window, entries) = (state.window.clone(), state.services.clone());
            (state.phase, state.since, window, entries, state.not_ready.texts())
        };
        let now = Instant::now();
        let services = entries.iter().enumerate().map(|(index, entry)| {
            entry.status(
                (ServiceId::new(index), self.plan.services()[index].name()),
                self.waits_for(index, phase, &entries),
                now,
                read,
            )
        });
        let at = if phase == GroupPhase::Stopped { since } else { now };
        GroupStatus {
            group_name: self.plan.name(),
            phase,
            in_state_for: now.saturating_duration_since(since),
            uptime: now.saturating_duration_since(self.begun),
            not_ready,
            cause: self.cause().cloned(),
            stop: window.map(|window| StopProgress::at(at, &window, self.force().is_cancelled())),
            services: services.collect(),
        }
    }

    /// Returns the services that a service waits for: before its start its dependencies, before its stop the services
    /// that stop before it.
    fn waits_for(&self, index: usize, phase: GroupPhase, entries: &[ServiceEntry]) -> Vec<&'static str> {
        let services = self.plan.services();
        let named = |of: &usize| services[*of].name();
        match phase {
            GroupPhase::Starting if entries[index].state == ServiceState::Waiting => {
                let dependencies = services[index].dependencies().iter().map(|edge| edge.service.index());
                dependencies.filter(|of| !entries[*of].state.has_started()).map(|of| named(&of)).collect()
            }
            GroupPhase::Stopping if entries[index].request.is_none() => {
                let alive = |of: &usize| entries[*of].state != ServiceState::Stopped;
                let before = self.graph.predecessors(index).iter().map(|(before, _)| *before);
                before.filter(alive).map(|of| named(&of)).collect()
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
