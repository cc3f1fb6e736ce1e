//! How a service ended, from what its task gave, what it said itself, and what was known before.

use super::tasks::StopEnd;
use crate::model::BoxError;
use crate::model::SharedError;
use crate::model::{Detail, ServiceReport, StopOutcome};
use crate::text::HumanDuration;

/// The ending of a service whose stop has ended.
pub(crate) fn of(
    end: StopEnd,
    forced: bool,
    failure: Option<SharedError>,
    details: &[Detail],
) -> StopOutcome {
    match end {
        StopEnd::Returned(Err(error)) => StopOutcome::Failed(error.into()),
        StopEnd::Panicked(message) => StopOutcome::Panicked(message),
        StopEnd::Aborted => StopOutcome::Aborted,
        StopEnd::Lent => StopOutcome::Stuck { lent_to: None },
        StopEnd::Returned(Ok(())) => {
            let said = details.iter().filter_map(said).max_by_key(StopOutcome::exit_code);
            let ending = said.unwrap_or(if forced { StopOutcome::Forced } else { StopOutcome::Graceful });
            match failure {
                Some(failure) if ending.exit_code() == 0 => StopOutcome::Failed(failure),
                _ => ending,
            }
        }
    }
}

/// What a detail says of the ending, where it is worse than the service's own return.
fn said(detail: &Detail) -> Option<StopOutcome> {
    match detail {
        Detail::Drained(drained) if drained.cut > 0 => Some(StopOutcome::Forced),
        Detail::Group(report) => {
            let worst = report.services.iter().max_by_key(|service| service.outcome.exit_code())?;
            match &worst.outcome {
                StopOutcome::Graceful | StopOutcome::NotStarted => None,
                StopOutcome::Failed(_) | StopOutcome::Panicked(_) => Some(StopOutcome::Failed(
                    BoxError::from(format!("`{}` {}", worst.name, worst.outcome)).into(),
                )),
                StopOutcome::Forced | StopOutcome::Aborted => Some(StopOutcome::Forced),
                StopOutcome::Stuck { .. } => Some(StopOutcome::Stuck { lent_to: None }),
            }
        }
        Detail::Drained(_) | Detail::Note(_) => None,
    }
}

/// Tells the end of a service that had started.
pub(crate) fn log(report: &ServiceReport) {
    let ServiceReport { name, stop_duration, window, outcome, .. } = report;
    let (service, took) = (name.as_str(), HumanDuration(*stop_duration));
    match outcome {
        StopOutcome::NotStarted => {}
        StopOutcome::Graceful => tracing::info!(service, %took, "stopped"),
        outcome => {
            tracing::warn!(service, %took, window = %HumanDuration(*window), ending = %outcome, "stopped");
        }
    }
}
