//! Why a start failed, and what interrupts it.

use crate::model::{Plan, SharedError, StopCause, StopReport};

/// A start that failed, after its roll-back.
pub(crate) struct StartFailure {
    pub(crate) reason: FailureReason,
    /// The failures of other services that came until the roll-back.
    pub(crate) others: Vec<FailureReason>,
    pub(crate) report: StopReport,
}

/// Why a start failed.
#[derive(Clone)]
pub(crate) enum FailureReason {
    Failed { index: usize, error: SharedError },
    Panicked { index: usize, message: String },
    TimedOut { index: usize },
    Stopped(StopCause),
}

impl FailureReason {
    /// Returns the cause of the stop that rolls the start back.
    pub(super) fn cause(&self, plan: &Plan) -> StopCause {
        match self {
            Self::Failed { index, .. } | Self::Panicked { index, .. } | Self::TimedOut { index } => {
                StopCause::NotStarted { service: plan.services()[*index].name().into() }
            }
            Self::Stopped(cause) => cause.clone(),
        }
    }
}

/// Why not all services start.
pub(super) enum Interrupted<S> {
    /// Starts failed.
    Failures,
    /// A stop was requested.
    Stop(S),
}
