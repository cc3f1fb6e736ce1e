//! Writes down what happens in a stop.

use std::ops::Range;
use std::time::Duration;

use tokio::time::Instant;

use super::stop_outcome;
use super::stop_params::StopParams;
use crate::model::Plan;
use crate::model::{Detail, ServiceId, ServiceName, ServiceReport, StopOutcome, StopReport};
use crate::state::GroupState;

pub(crate) struct ReportBuilder {
    begun: Instant,
    /// In the order in which the services were asked.
    reports: Vec<ServiceReport>,
    /// Where each service is in `reports`.
    places: Vec<usize>,
    /// What was heard of services besides how they ended.
    notes: Vec<(usize, String)>,
}

impl ReportBuilder {
    pub(crate) fn new(begun: Instant, services: usize) -> Self {
        Self { begun, reports: Vec::with_capacity(services), places: vec![0; services], notes: Vec::new() }
    }

    /// A service was asked to stop.
    pub(crate) fn open(
        &mut self,
        plan: &Plan,
        index: usize,
        waited_for: Option<usize>,
        window: Range<Instant>,
    ) {
        let name = |index: usize| plan.services()[index].name();
        let report = ServiceReport {
            id: ServiceId::new(index),
            name: name(index).into(),
            stop_requested_after: window.start - self.begun,
            waited_for: waited_for.map(name).map(Into::into),
            stop_duration: Duration::ZERO,
            window: window.end - window.start,
            outcome: StopOutcome::NotStarted,
            details: Vec::new(),
        };
        self.places[index] = self.reports.len();
        self.reports.push(report);
    }

    /// The report of a service that was asked.
    pub(crate) fn of(&mut self, index: usize) -> &mut ServiceReport {
        &mut self.reports[self.places[index]]
    }

    /// A service that was asked has ended.
    pub(crate) fn close(&mut self, index: usize, ending: StopOutcome, now: Instant) {
        let since_begun = now - self.begun;
        let report = self.of(index);
        report.stop_duration = since_begun.saturating_sub(report.stop_requested_after);
        report.outcome = ending;
        stop_outcome::log(report);
    }

    /// Something else was heard of a service, which may not have been asked yet.
    pub(crate) fn note(&mut self, index: usize, note: Option<String>) {
        self.notes.extend(note.map(|note| (index, note)));
    }

    /// The service whose start, stuck itself, still borrows the value of this one.
    pub(crate) fn borrower(&self, shared: &GroupState, index: usize) -> Option<ServiceName> {
        let report = |dependent: usize| &self.reports[self.places[dependent]];
        let mut dependents = shared.graph.dependents(index).map(report);
        dependents
            .find(|report| matches!(report.outcome, StopOutcome::Stuck { .. }))
            .map(|report| report.name.clone())
    }

    /// The whole, when all services have ended.
    pub(crate) fn report(&mut self, group: &'static str, terms: &StopParams) -> StopReport {
        for (index, note) in std::mem::take(&mut self.notes) {
            self.of(index).details.push(Detail::Note(note));
        }
        StopReport {
            group_name: group,
            cause: terms.cause.clone(),
            stop_within: terms.end - terms.begun,
            lame_duck: terms.lame_duck,
            stop_duration: Instant::now() - terms.begun,
            services: std::mem::take(&mut self.reports),
        }
    }
}
