//! When the window of each service ends: the latest finish of the critical path method.

#[cfg_attr(feature = "testing", path = "windows/faults.rs")]
#[cfg_attr(not(feature = "testing"), path = "windows/no_faults.rs")]
mod faults;

use std::ops::Range;
use std::time::Duration;

use tokio::time::Instant;

use super::GroupCore;
use crate::model::{Plan, Window};
use crate::state::force_lead;
use faults::UsedUpTimes;

pub(super) use faults::{end_of_start, has_time_for_pause};

/// The least window. A service of type `()` reserves no time, and its stop still has to run once.
const LEAST_WINDOW: Duration = Duration::from_millis(10);

/// How long an aborted task may take to go away before its service counts as stuck.
const STUCK_GRACE: Duration = Duration::from_millis(100);
/// The least grace: where others have delayed the order by more than [`STUCK_GRACE_IN_ALL`].
const LEAST_STUCK_GRACE: Duration = Duration::from_millis(5);
/// The grace of all services that are stuck one after another. It fits between the budget and the hard deadline.
const STUCK_GRACE_IN_ALL: Duration = Duration::from_millis(500);

/// The latest times of one stop.
pub(crate) struct Windows {
    stop_end: Instant,
    /// For each service, the slowest path of guaranteed windows after it.
    rest: Vec<Duration>,
    used_up: UsedUpTimes,
}

impl Windows {
    /// The windows of a stop that ends at `stop_end`. Services for which `takes_time` is false count as zero but still order
    /// the others.
    pub(crate) fn new(plan: &Plan, stop_end: Instant, takes_time: impl Fn(usize) -> bool) -> Self {
        let mut rest = vec![Duration::ZERO; plan.services().len()];
        for &index in plan.order() {
            let path = |of: usize| {
                let own = plan.services()[of].window().guaranteed();
                rest[of].saturating_add(if takes_time(of) { own } else { Duration::ZERO })
            };
            rest[index] = plan.services()[index].stops_before_indices().map(path).max().unwrap_or_default();
        }
        Self { stop_end, used_up: UsedUpTimes::none(rest.len()), rest }
    }

    /// Returns the end of the window of a service whose stop is requested now.
    ///
    /// A cap counts from now. Any other service has until the slowest path after it must begin. It has at least what its
    /// type guarantees: if a stuck service has delayed the order, its window then ends after that moment.
    pub(crate) fn deadline(&self, plan: &Plan, index: usize, now: Instant) -> Instant {
        match plan.services()[index].window() {
            Window::Capped(cap) => now + cap,
            Window::Guaranteed(window) => {
                self.latest_end(index).unwrap_or(now).max(now + window.max(LEAST_WINDOW))
            }
        }
    }

    /// Moves the end of the stop.
    pub(crate) fn postpone(&mut self, suspended: Duration) {
        self.stop_end += suspended;
    }

    /// Returns when the slowest path after the service must begin.
    fn latest_end(&self, index: usize) -> Option<Instant> {
        self.stop_end.checked_sub(self.rest[index])?.checked_sub(self.used_up.before(index))
    }

    /// Returns the window without the part that a fault of the module `testing` uses up at once.
    pub(crate) fn after_faults(
        &mut self,
        core: &GroupCore,
        index: usize,
        window: Range<Instant>,
    ) -> Range<Instant> {
        let force_lead = force_lead(window.end - window.start);
        self.used_up.use_up(core, index, window, force_lead)
    }

    /// Returns how long a task that is aborted now may take to go away before its service counts as stuck.
    pub(crate) fn stuck_grace(&self, index: usize, now: Instant) -> Duration {
        let latest = self.latest_end(index).map_or(now, |latest| latest + STUCK_GRACE_IN_ALL);
        latest.saturating_duration_since(now).clamp(LEAST_STUCK_GRACE, STUCK_GRACE)
    }
}
