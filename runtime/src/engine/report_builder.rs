//! Builds the report of a stop while it happens.

use std::ops::Range;
use std::time::Duration;

use tokio::time::Instant;

use super::inputs::DroppedInput;
use super::stop_outcome;
use super::stop_params::StopParams;
use crate::model::{Detail, Plan, ServiceId, ServiceName, ServiceReport, StopOutcome, StopReport};
use crate::state::GroupState;
use crate::text::events::EventSink;

pub(crate) struct ReportBuilder {
    begun: Instant,
    /// In the order in which the stops of the services were requested.
    reports: Vec<ServiceReport>,
    /// The index in `reports` of each service.
    positions: Vec<usize>,
    /// Details of services whose stop may not have been requested yet.
    details: Vec<(usize, Detail)>,
}

impl ReportBuilder {
    pub(crate) fn new(begun: Instant, services: usize) -> Self {
        Self {
            begun,
            reports: Vec::with_capacity(services),
            positions: vec![0; services],
            details: Vec::new(),
        }
    }

    /// Adds a service whose stop is requested.
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
            may_fail: plan.services()[index].may_fail(),
            details: Vec::new(),
        };
        self.positions[index] = self.reports.len();
        self.reports.push(report);
    }

    /// Returns the report of a service whose stop was requested.
    pub(crate) fn service(&mut self, index: usize) -> &mut ServiceReport {
        &mut self.reports[self.positions[index]]
    }

    /// Records how the stop of a service ended.
    pub(crate) fn close(&mut self, index: usize, outcome: StopOutcome, now: Instant, events: &EventSink) {
        let since_begun = now - self.begun;
        let report = self.service(index);
        report.stop_duration = since_begun.saturating_sub(report.stop_requested_after);
        report.outcome = outcome;
        stop_outcome::log(events, report);
    }

    /// Adds a detail about a service.
    pub(crate) fn detail(&mut self, index: usize, detail: Detail) {
        self.details.push((index, detail));
    }

    /// Returns the service whose start is stuck and still borrows the value of this one.
    pub(crate) fn borrower(&self, group: &GroupState, index: usize) -> Option<ServiceName> {
        let report = |dependent: usize| &self.reports[self.positions[dependent]];
        let mut dependents = group.graph.dependents(index).map(report);
        let borrower = dependents.find(|report| matches!(report.outcome, StopOutcome::Stuck { .. }))?;
        Some(borrower.name.clone())
    }

    /// Returns the report when all services have ended, with the inputs whose drop went wrong.
    pub(crate) fn finish(
        &mut self,
        plan: &Plan,
        params: &StopParams,
        inputs: Vec<DroppedInput>,
    ) -> StopReport {
        for DroppedInput { index, name, since, window, stop_duration, outcome } in inputs {
            let is_replaced = plan.service(name).is_some();
            let note =
                if is_replaced { "it is the given value, which was replaced" } else { "it is an input" };
            self.reports.push(ServiceReport {
                id: ServiceId::new(self.positions.len() + index),
                name: name.into(),
                stop_requested_after: since - self.begun,
                waited_for: None,
                stop_duration,
                window,
                outcome,
                may_fail: false,
                details: vec![Detail::Note(note.to_owned())],
            });
        }
        for (index, detail) in std::mem::take(&mut self.details) {
            self.service(index).details.push(detail);
        }
        StopReport {
            group_name: plan.name(),
            cause: params.cause.clone(),
            stop_within: params.end - params.begun,
            lame_duck: params.lame_duck,
            stop_duration: Instant::now() - params.begun,
            services: std::mem::take(&mut self.reports),
            is_collection: plan.is_collection(),
        }
    }
}
