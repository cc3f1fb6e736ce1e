//! Without the feature `testing` no fault uses up a window.

use std::ops::Range;
use std::time::Duration;

use tokio::time::Instant;

use super::Windows;
use crate::engine::GroupCore;

pub(super) struct UsedUpTimes;

impl UsedUpTimes {
    pub(super) fn none(_count: usize) -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "as in `faults.rs`")]
    pub(super) fn before(&self, _index: usize) -> Duration {
        Duration::ZERO
    }
}

pub(crate) fn end_of_start(_core: &GroupCore, _index: usize, _now: Instant, end: Instant) -> Instant {
    end
}

pub(crate) fn has_time_for_pause(_core: &GroupCore, _index: usize) -> bool {
    true
}

impl Windows {
    #[expect(clippy::unused_self, reason = "as in `faults.rs`")]
    pub(crate) fn after_faults(
        &mut self,
        _core: &GroupCore,
        _index: usize,
        window: Range<Instant>,
    ) -> Range<Instant> {
        window
    }
}
