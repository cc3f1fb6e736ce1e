//! The terms of one stop.

use std::ops::Range;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::model::StopCause;
use crate::state::GroupState;
use crate::state::StopContext;

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
    /// Of a group that nobody stops but itself: its own budget counts, from `begun`.
    pub(crate) fn own(shared: &GroupState, begun: Instant) -> Self {
        Self {
            cause: shared.cause().cloned().unwrap_or(StopCause::Requested),
            begun,
            end: begun + shared.plan.stop_within(),
            lame_duck: Duration::ZERO,
            force: shared.force().clone(),
        }
    }

    /// Of a group that the group around it stops: it has the window of its field.
    pub(crate) fn nested(stopping: &StopContext) -> Self {
        Self {
            cause: stopping.cause().clone(),
            begun: Instant::now(),
            end: stopping.deadline(),
            lame_duck: Duration::ZERO,
            force: stopping.group_forced().clone(),
        }
    }

    /// From the begin to the end of the budget.
    pub(crate) fn window(&self) -> Range<Instant> {
        self.begun..self.end
    }

    pub(crate) fn cause(&self) -> &StopCause {
        &self.cause
    }

    /// Says how much of the budget was spent as a lame duck.
    pub(crate) fn after_lame_duck(self, lame_duck: Duration) -> Self {
        Self { lame_duck, ..self }
    }
}
