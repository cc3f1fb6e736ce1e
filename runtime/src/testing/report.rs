//! What happened in one case.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use super::fault::{Fault, Spec};
use crate::engine::StartError;
use crate::model::{Plan, ServiceKey, ServiceReport, StopOutcomeKind, StopReport};

/// One case: a group with its faults.
///
/// It displays as a sentence: ``the stop of `store` hangs``.
pub struct Case<A> {
    faults: Vec<Fault<A>>,
    plan: Plan,
}

impl<A> Case<A> {
    pub(super) fn new(faults: &[Spec], plan: &Plan) -> Self {
        Self { faults: faults.iter().cloned().map(Fault::of).collect(), plan: plan.clone() }
    }

    /// Returns the faults: none, one, or one in each of two services.
    #[must_use]
    pub fn faults(&self) -> &[Fault<A>] {
        &self.faults
    }
}

impl<A> fmt::Display for Case<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let specs: Vec<_> = self.faults.iter().map(|fault| fault.spec.clone()).collect();
        f.write_str(&sentence(&specs, &self.plan))
    }
}

impl<A> fmt::Debug for Case<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case").field("faults", &self.faults).finish_non_exhaustive()
    }
}

/// Returns what goes wrong in a case, in words.
pub(super) fn sentence(faults: &[Spec], plan: &Plan) -> String {
    match faults {
        [] => "without a fault".to_owned(),
        faults => faults.iter().map(|fault| fault.sentence(plan)).collect::<Vec<_>>().join(", and "),
    }
}

/// What happened in one case: why the group did not start, if it did not, and how it was stopped.
pub struct CaseReport<A> {
    result: Result<StopReport, StartError>,
    took: Duration,
    group: PhantomData<fn() -> A>,
}

impl<A> CaseReport<A> {
    pub(super) fn new(result: Result<StopReport, StartError>, took: Duration) -> Self {
        Self { result, took, group: PhantomData }
    }

    /// Returns why the group did not start, if it did not.
    #[must_use]
    pub fn start_error(&self) -> Option<&StartError> {
        self.result.as_ref().err()
    }

    /// Returns how the group was stopped, or how its start was rolled back; `None` if nothing was started.
    #[must_use]
    pub fn stop_report(&self) -> Option<&StopReport> {
        match &self.result {
            Ok(report) => Some(report),
            Err(error) => error.report(),
        }
    }

    /// Returns how the stop of a service ended; `None` if the report does not have it.
    pub fn outcome<'a>(&self, service: impl Into<ServiceKey<'a>>) -> Option<StopOutcomeKind> {
        Some(self.stop_report()?.service(service)?.outcome.kind())
    }

    /// Returns whether a service had ended before another one was asked to stop. False if one of them had not started.
    pub fn stopped_before<'a>(
        &self,
        first: impl Into<ServiceKey<'a>>,
        second: impl Into<ServiceKey<'a>>,
    ) -> bool {
        let Some(report) = self.stop_report() else { return false };
        let had_started = |service: &&ServiceReport| service.outcome.has_started();
        let of = |key: ServiceKey<'_>| report.service(key).filter(had_started);
        match (of(first.into()), of(second.into())) {
            (Some(first), Some(second)) => ended(first) <= second.stop_requested_after,
            _ => false,
        }
    }

    /// Returns how long the case took in real time.
    #[must_use]
    pub fn took(&self) -> Duration {
        self.took
    }
}

/// Returns when a service had ended, counted from the start of the stop.
pub(super) fn ended(service: &ServiceReport) -> Duration {
    service.stop_requested_after + service.stop_duration
}

impl<A> fmt::Debug for CaseReport<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaseReport").field("result", &self.result).field("took", &self.took).finish()
    }
}
