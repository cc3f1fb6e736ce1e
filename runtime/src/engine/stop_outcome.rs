//! Derives the outcome of a stop from how its task ended, from what the service reported, and from an earlier failure.

use super::tasks::StopResult;
use crate::model::{
    BoxError, Detail, NestedFailure, Panicked, ServiceReport, SharedError, StopOutcome, StopReport,
};
use crate::text::HumanDuration;
use crate::text::events::{EventSink, event};

/// Returns the outcome of a service whose stop task has ended.
pub(crate) fn from_result(
    result: StopResult,
    is_forced: bool,
    failure: Option<SharedError>,
    details: &[Detail],
) -> StopOutcome {
    match result {
        StopResult::Returned(Err(error)) => StopOutcome::Failed(error),
        StopResult::Panicked(message) => StopOutcome::Panicked(message),
        StopResult::Aborted => StopOutcome::Aborted,
        StopResult::Lent => StopOutcome::Stuck { lent_to: None },
        StopResult::Returned(Ok(())) => {
            let reported = details.iter().filter_map(from_detail).max_by_key(StopOutcome::exit_code);
            let outcome =
                reported.unwrap_or(if is_forced { StopOutcome::Forced } else { StopOutcome::Graceful });
            match failure {
                Some(failure) if outcome.exit_code() == 0 => StopOutcome::Failed(failure),
                _ => outcome,
            }
        }
    }
}

/// Returns the outcome that a detail implies, if it is worse than graceful.
fn from_detail(detail: &Detail) -> Option<StopOutcome> {
    match detail {
        Detail::Drained(drained) if drained.cut > 0 => Some(StopOutcome::Forced),
        Detail::Group(report) => from_nested(report),
        Detail::Drained(_) | Detail::Note(_) | Detail::StartInterrupted(_) => None,
    }
}

fn from_nested(report: &StopReport) -> Option<StopOutcome> {
    let worst = report.services.iter().max_by_key(|service| service.exit_code())?;
    if worst.exit_code() == 0 {
        return None;
    }
    let failed = |error: SharedError| {
        Some(StopOutcome::Failed(NestedFailure::new(worst.name.clone(), error).into_shared()))
    };
    match &worst.outcome {
        StopOutcome::Graceful | StopOutcome::NotStarted | StopOutcome::LeftOut | StopOutcome::Absent => None,
        StopOutcome::Failed(error) => failed(error.clone()),
        StopOutcome::Panicked(message) => failed(BoxError::from(Panicked::new(message.clone())).into()),
        StopOutcome::Forced | StopOutcome::Aborted => Some(StopOutcome::Forced),
        StopOutcome::Stuck { .. } => Some(StopOutcome::Stuck { lent_to: None }),
    }
}

/// Logs the end of a service that had started.
pub(crate) fn log(events: &EventSink, report: &ServiceReport) {
    let ServiceReport { name, stop_duration, window, outcome, .. } = report;
    let service = name.clone();
    let took = HumanDuration(*stop_duration);
    let window = HumanDuration(*window);
    match outcome {
        StopOutcome::NotStarted | StopOutcome::LeftOut | StopOutcome::Absent => {}
        StopOutcome::Graceful => event!(events, info, service = service.as_str(), %took, "stopped"),
        outcome => {
            let outcome = outcome.clone();
            event!(events, warn, service = service.as_str(), %took, %window, %outcome, "stopped");
        }
    }
}
