//! The parameters of one stop.

use std::ops::Range;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::model::StopCause;
use crate::state::{GroupState, StopContext};

/// Why a group stops, and within which time.
pub(crate) struct StopParams {
    pub(super) cause: StopCause,
    pub(super) begun: Instant,
    pub(super) end: Instant,
    pub(super) lame_duck: Duration,
    /// Cancelled by a second signal.
    pub(super) force: CancellationToken,
}

impl StopParams {
    /// The stop of an outermost group: its own budget counts from `begun`.
    pub(crate) fn own(group: &GroupState, begun: Instant) -> Self {
        Self {
            cause: group.cause().cloned().unwrap_or(StopCause::Requested),
            begun,
            end: begun + group.plan.stop_within(),
            lame_duck: Duration::ZERO,
            force: group.force_token().clone(),
        }
    }

    /// The stop of a nested group: it has the window of its field.
    pub(crate) fn nested(context: &StopContext) -> Self {
        Self {
            cause: context.cause().clone(),
            begun: Instant::now(),
            end: context.deadline(),
            lame_duck: Duration::ZERO,
            force: context.group_forced().clone(),
        }
    }

    /// Returns the time of the stop, from its beginning to the end of the budget.
    pub(crate) fn window(&self) -> Range<Instant> {
        self.begun..self.end
    }

    pub(crate) fn cause(&self) -> &StopCause {
        &self.cause
    }

    /// Moves the end of the budget by a time in which the process did not run.
    pub(crate) fn postpone(&mut self, suspended: Duration) {
        self.end += suspended;
    }

    /// Records how much of the budget the lame duck took.
    pub(crate) fn after_lame_duck(self, lame_duck: Duration) -> Self {
        Self { lame_duck, ..self }
    }
}
