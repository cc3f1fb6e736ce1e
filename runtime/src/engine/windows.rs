//! When the window of each service ends: the latest finish of the critical path method.

use std::time::Duration;

use tokio::time::Instant;

use crate::model::{Plan, Window};

/// How long before the end of its window a service is forced, at most.
const FORCE_LEAD: Duration = Duration::from_millis(500);

/// The least window, for a step that reserves none: its stop still has to run once.
const LEAST_WINDOW: Duration = Duration::from_millis(10);

/// How long an aborted task may take to go away before its service counts as stuck.
const STUCK_GRACE: Duration = Duration::from_millis(100);
/// The least grace: where others have delayed the order by more than [`STUCK_GRACE_IN_ALL`].
const LEAST_STUCK_GRACE: Duration = Duration::from_millis(5);
/// The grace of all services that are stuck one after another. It fits between the budget and the hard deadline.
const STUCK_GRACE_IN_ALL: Duration = Duration::from_millis(500);

/// The latest times of one stop.
pub(crate) struct Windows {
    end: Instant,
    /// For each service, the slowest path of guaranteed windows after it.
    rest: Vec<Duration>,
}

impl Windows {
    /// The windows of a stop that ends at `end`. Services for which `takes_time` is false count as zero but still order
    /// the others.
    pub(crate) fn new(plan: &Plan, end: Instant, takes_time: impl Fn(usize) -> bool) -> Self {
        let mut rest = vec![Duration::ZERO; plan.services().len()];
        for &index in plan.order() {
            let path = |of: usize| {
                let own = plan.services()[of].window().guaranteed();
                rest[of].saturating_add(if takes_time(of) { own } else { Duration::ZERO })
            };
            rest[index] = plan.services()[index].stops_before_indices().map(path).max().unwrap_or_default();
        }
        Self { end, rest }
    }

    /// Returns the end of the window of a service that is told to stop now.
    ///
    /// A cap counts from now. Any other service has until the slowest path after it must begin, and always at least what
    /// its type guarantees, which ends later only if a stuck service has delayed the order.
    pub(crate) fn deadline(&self, plan: &Plan, index: usize, now: Instant) -> Instant {
        match plan.services()[index].window() {
            Window::Capped(cap) => now + cap,
            Window::Guaranteed(window) => {
                self.latest_end(index).unwrap_or(now).max(now + window.max(LEAST_WINDOW))
            }
        }
    }

    /// Moves the end of the stop.
    pub(crate) fn postpone(&mut self, lost: Duration) {
        self.end += lost;
    }

    /// When the slowest path after the service must begin.
    fn latest_end(&self, index: usize) -> Option<Instant> {
        self.end.checked_sub(self.rest[index])
    }

    /// Returns how long a task that is aborted now may take to go away before its service counts as stuck.
    pub(crate) fn stuck_grace(&self, index: usize, now: Instant) -> Duration {
        let latest = self.latest_end(index).map_or(now, |latest| latest + STUCK_GRACE_IN_ALL);
        latest.saturating_duration_since(now).clamp(LEAST_STUCK_GRACE, STUCK_GRACE)
    }
}

/// Returns how long before its end a window of this length is forced.
pub(crate) fn force_lead(window: Duration) -> Duration {
    (window / 10).min(FORCE_LEAD)
}
