//! Takes the status of a group at one moment.

use std::ops::Range;
use std::time::Duration;

use tokio::time::Instant;

use super::GroupState;
use super::service_entry::{ReadStats, ServiceEntry};
use super::stats_reader::StatsReader;
use crate::model::ServiceId;
use crate::model::{
    GroupPhase, GroupStatus, ServiceStart, ServiceState, StartOutcome, StartReport, StopProgress,
};

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
        let (phase, since, window, entries, not_ready, reload) = {
            let state = self.state();
            let (window, entries) = (state.window.clone(), state.services.clone());
            let reload = (state.reloads.is_running, state.reloads.last.clone());
            (state.phase, state.since, window, entries, state.not_ready.texts(), reload)
        };
        let now = Instant::now();
        let services = entries.iter().enumerate().map(|(index, entry)| {
            entry.status(
                ServiceId::new(index),
                &self.plan.services()[index],
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
            is_reloading: reload.0,
            last_reload: reload.1,
            cause: self.cause().cloned(),
            stop: window.map(|window| StopProgress::at(at, &window, self.is_forced())),
            services: services.collect(),
            is_collection: self.plan.is_collection(),
        }
    }

    /// Returns how the start went, or how far it has come.
    pub(crate) fn start_report(&self) -> StartReport {
        self.start_report_since(self.begun)
    }

    /// The same for a group that is nested in one that began to start at `outer`.
    fn start_report_since(&self, outer: Instant) -> StartReport {
        let (entries, phase) = {
            let state = self.state();
            (state.services.clone(), state.phase)
        };
        let (now, is_starting) = (Instant::now(), phase == GroupPhase::Starting);
        let since = |at: Instant| at.saturating_duration_since(self.begun);
        let name = |index: usize| self.plan.services()[index].name().into();
        let service = |(index, entry): (usize, &ServiceEntry)| {
            let start = &entry.start;
            let outcome = match start {
                start if start.is_left_out => StartOutcome::LeftOut,
                start if start.has_started => StartOutcome::Started,
                start if start.attempts == 0 => StartOutcome::Waiting,
                start if is_starting && start.ended.is_none() => StartOutcome::Starting,
                _ => StartOutcome::DidNotStart,
            };
            // The end of an interrupted start is that of the service.
            let ended = start.ended.or((!is_starting).then_some(entry.since)).unwrap_or(now);
            let took = |begun: Instant| ended.saturating_duration_since(begun);
            let nested = entry.nested.as_ref().filter(|nested| !start.is_given && nested.is_start_known());
            ServiceStart {
                id: ServiceId::new(index),
                name: name(index),
                begun_after: start.begun.map_or(Duration::ZERO, since),
                waited_for: start.waited_for.map(name),
                start_duration: start.begun.map_or(Duration::ZERO, took),
                attempts: start.attempts,
                failure: start.failure.clone(),
                outcome,
                is_replaced: start.is_replaced,
                is_given: start.is_given,
                // A group that is given has started before.
                nested: nested.map(|nested| Box::new(nested.start_report_since(self.begun))),
            }
        };
        let mut services: Vec<_> = entries.iter().enumerate().map(service).collect();
        let has_started = services
            .iter()
            .all(|service| matches!(service.outcome, StartOutcome::Started | StartOutcome::LeftOut));
        services.sort_by_key(|service| (service.attempts == 0, service.begun_after));
        let ends = services.iter().filter(|service| service.attempts > 0).map(ServiceStart::ended);
        let start_duration = ends.max().filter(|_| !is_starting).unwrap_or_else(|| since(now));
        StartReport {
            group_name: self.plan.name(),
            begun_after: self.begun.saturating_duration_since(outer),
            start_duration,
            has_started,
            services,
            is_collection: self.plan.is_collection(),
        }
    }

    /// Returns whether the starts of the services are known: those of members are if `start_each` has started them.
    fn is_start_known(&self) -> bool {
        !self.plan.is_collection() || self.state().services.iter().any(|service| service.start.attempts > 0)
    }

    /// Returns the services that a service waits for: before its start its dependencies, before its stop the services
    /// that stop before it.
    fn waits_for(&self, index: usize, phase: GroupPhase, entries: &[ServiceEntry]) -> Vec<&'static str> {
        let services = self.plan.services();
        let named = |of: &usize| services[*of].name();
        match phase {
            GroupPhase::Starting if entries[index].state == ServiceState::Waiting => {
                let earlier = services[index].starts_after_indices();
                earlier.filter(|of| !entries[*of].state.has_started()).map(|of| named(&of)).collect()
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
