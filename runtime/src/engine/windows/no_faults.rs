//! Without the feature `testing` no fault uses up a window.

use std::ops::Range;
use std::time::Duration;

use tokio::time::Instant;

use crate::engine::GroupCore;

pub(super) struct UsedUpTimes;

#[expect(clippy::unused_self, reason = "the same functions as in `faults.rs`")]
impl UsedUpTimes {
    pub(super) fn none(_count: usize) -> Self {
        Self
    }

    pub(super) fn before(&self, _index: usize) -> Duration {
        Duration::ZERO
    }

    pub(super) fn use_up(
        &mut self,
        _core: &GroupCore,
        _index: usize,
        window: Range<Instant>,
        _force_lead: Duration,
    ) -> Range<Instant> {
        window
    }
}

pub(crate) fn end_of_start(_core: &GroupCore, _index: usize, _now: Instant, end: Instant) -> Instant {
    end
}

pub(crate) fn has_time_for_pause(_core: &GroupCore, _index: usize) -> bool {
    true
}
