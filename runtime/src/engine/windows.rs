//! When the window of each service ends: the latest finish of the critical path method.

#[cfg(feature = "testing")]
use std::ops::Range;
use std::time::Duration;

use tokio::time::Instant;

#[cfg(feature = "testing")]
use super::erased::UsedUp;
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

/// What is left of a window that a fault uses up: the service is still called.
#[cfg(feature = "testing")]
pub(crate) const LEFT_BY_A_FAULT: Duration = Duration::from_millis(2);

/// The latest times of one stop.
pub(crate) struct Windows {
    end: Instant,
    /// For each service, the slowest path of guaranteed windows after it.
    rest: Vec<Duration>,
    /// For each service, how much time those that stop before it have used up at once by faults.
    #[cfg(feature = "testing")]
    used_up: Vec<Duration>,
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
        Self {
            end,
            #[cfg(feature = "testing")]
            used_up: vec![Duration::ZERO; rest.len()],
            rest,
        }
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
        let latest_end = self.end.checked_sub(self.rest[index]);
        #[cfg(feature = "testing")]
        let latest_end = latest_end.and_then(|end| end.checked_sub(self.used_up[index]));
        latest_end
    }

    /// Moves a window into the past, so that the part of it that a fault uses up is over, and the windows of the services that
    /// stop later by the same time. Those that stop beside it keep theirs.
    #[cfg(feature = "testing")]
    pub(crate) fn use_up(
        &mut self,
        plan: &Plan,
        index: usize,
        window: Range<Instant>,
        part: UsedUp,
    ) -> Range<Instant> {
        let length = window.end - window.start;
        let over = match part {
            UsedUp::Nothing => return window,
            UsedUp::UntilForced => length.saturating_sub(force_lead(length)),
            UsedUp::All => length.saturating_sub(LEFT_BY_A_FAULT),
        };
        let used_up = self.used_up[index] + over;
        let mut later: Vec<usize> = plan.services()[index].stops_before_indices().collect();
        while let Some(index) = later.pop() {
            if self.used_up[index] < used_up {
                self.used_up[index] = used_up;
                later.extend(plan.services()[index].stops_before_indices());
            }
        }
        window.start.checked_sub(over).unwrap_or(window.start)..window.end - over
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
