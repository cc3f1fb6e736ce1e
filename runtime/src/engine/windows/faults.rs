//! Windows that a fault of the module `testing` uses up at once. `no_faults.rs` replaces this file without that feature.

use std::ops::Range;
use std::time::Duration;

use tokio::time::Instant;

use crate::engine::GroupCore;
use crate::engine::erased::{Step, UsedUp};

/// What is left of a window that a fault uses up: the service is still called.
const LEFT_BY_A_FAULT: Duration = Duration::from_millis(2);

/// For each service, how much time those that stop before it have used up at once.
pub(super) struct UsedUpTimes(Vec<Duration>);

impl UsedUpTimes {
    pub(super) fn none(count: usize) -> Self {
        Self(vec![Duration::ZERO; count])
    }

    pub(super) fn before(&self, index: usize) -> Duration {
        self.0[index]
    }

    /// Moves a window into the past, so that the part of it that a fault uses up is over, and the windows of the services that
    /// stop later by the same time. The windows of services that stop at the same time do not change.
    ///
    /// `force_lead` is how long before its end the window is forced.
    pub(super) fn use_up(
        &mut self,
        core: &GroupCore,
        index: usize,
        window: Range<Instant>,
        force_lead: Duration,
    ) -> Range<Instant> {
        let length = window.end - window.start;
        let over = match core.services.used_up(index, Step::Stop) {
            UsedUp::Nothing => return window,
            UsedUp::UntilForced => length.saturating_sub(force_lead),
            UsedUp::All => length.saturating_sub(LEFT_BY_A_FAULT),
        };
        let services = core.group.plan.services();
        let used_up = self.0[index] + over;
        let mut later: Vec<usize> = services[index].stops_before_indices().collect();
        while let Some(index) = later.pop() {
            if self.0[index] < used_up {
                self.0[index] = used_up;
                later.extend(services[index].stops_before_indices());
            }
        }
        window.start.checked_sub(over).unwrap_or(window.start)..window.end - over
    }
}

/// Returns the end of the window of a start that begins now. `end` is its end without a fault.
pub(crate) fn end_of_start(core: &GroupCore, index: usize, now: Instant, end: Instant) -> Instant {
    match core.services.used_up(index, Step::Start) {
        UsedUp::All => now + LEFT_BY_A_FAULT,
        UsedUp::Nothing | UsedUp::UntilForced => end,
    }
}

/// Returns whether the fault of a service leaves time for a pause before its next attempt.
pub(crate) fn has_time_for_pause(core: &GroupCore, index: usize) -> bool {
    core.services.used_up(index, Step::Pause) == UsedUp::Nothing
}
