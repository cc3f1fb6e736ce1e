//! How a service ended, from what its task gave, what it said itself, and what was known before.

use super::task::StopEnd;
use crate::cause::SharedError;
use crate::report::{Detail, Ending, ServiceReport, Span};
use crate::service::BoxError;

/// The ending of a service whose stop has ended.
pub(crate) fn of(end: StopEnd, forced: bool, failure: Option<SharedError>, details: &[Detail]) -> Ending {
    match end {
        StopEnd::Returned(Err(error)) => Ending::Failed(error.into()),
        StopEnd::Panicked(message) => Ending::Panicked(message),
        StopEnd::Aborted => Ending::Aborted,
        StopEnd::Lent => Ending::Stuck { lent_to: None },
        StopEnd::Returned(Ok(())) => {
            let said = details.iter().filter_map(said).max_by_key(Ending::code);
            let ending = said.unwrap_or(if forced { Ending::Forced } else { Ending::Graceful });
            match failure {
                Some(failure) if ending.code() == 0 => Ending::Failed(failure),
                _ => ending,
            }
        }
    }
}

/// What a detail says of the ending, where it is worse than the service's own return.
fn said(detail: &Detail) -> Option<Ending> {
    match detail {
        Detail::Drained(drained) if drained.cut > 0 => Some(Ending::Forced),
        Detail::Group(report) => {
            let worst = report.services.iter().max_by_key(|service| service.ending.code())?;
            match &worst.ending {
                Ending::Graceful | Ending::NotStarted => None,
                Ending::Failed(_) | Ending::Panicked(_) => {
                    Some(Ending::Failed(BoxError::from(format!("`{}` {}", worst.name, worst.ending)).into()))
                }
                Ending::Forced | Ending::Aborted => Some(Ending::Forced),
                Ending::Stuck { .. } => Some(Ending::Stuck { lent_to: None }),
            }
        }
        Detail::Drained(_) | Detail::Note(_) => None,
    }
}

/// Tells the end of a service that had started.
pub(crate) fn log(report: &ServiceReport) {
    let ServiceReport { name: service, took, window, ending, .. } = report;
    match ending {
        Ending::NotStarted => {}
        Ending::Graceful => tracing::info!(service, took = %Span(*took), "stopped"),
        ending => tracing::warn!(service, took = %Span(*took), window = %Span(*window), %ending, "stopped"),
    }
}
