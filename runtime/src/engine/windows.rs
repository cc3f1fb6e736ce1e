//! When the window of each service ends: the latest finish of the critical path method.

use std::time::Duration;

use tokio::time::Instant;

use crate::model::{Plan, Window};

/// How long before the end of its window a service is forced, at most.
const FORCE_LEAD: Duration = Duration::from_millis(500);

/// How long an aborted task may take to go away before its service counts as stuck.
const STUCK_AFTER: Duration = Duration::from_millis(100);
/// The least of that: when others have held up the order by more than [`STUCK_IN_ALL`].
const STUCK_AT_LEAST: Duration = Duration::from_millis(5);
const STUCK_IN_ALL: Duration = Duration::from_millis(500);

/// The latest moments of one stop.
pub(crate) struct Windows {
    end: Instant,
    /// The slowest path of guaranteed windows behind each service.
    rest: Vec<Duration>,
}

impl Windows {
    /// For a stop that has to be over at `end`; who has not started takes no time, and keeps its edges.
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

    /// The end of the window of a service that is asked now.
    ///
    /// A cap is counted from now. Any other service has until the slowest path behind it must begin, and in any case
    /// what its type guarantees: that is never later, but where a stuck service has held up the order.
    pub(crate) fn deadline(&self, plan: &Plan, index: usize, asked: Instant) -> Instant {
        match plan.services()[index].window() {
            Window::Capped(cap) => asked + cap,
            Window::Guaranteed(window) => self.latest(index).unwrap_or(asked).max(asked + window),
        }
    }

    /// When the slowest path behind the service must begin.
    fn latest(&self, index: usize) -> Option<Instant> {
        self.end.checked_sub(self.rest[index])
    }

    /// How long a task that was aborted now may take to go away before its service counts as stuck.
    ///
    /// What many of them take one after the other has to fit between the budget and the watchdog.
    pub(crate) fn stuck_grace(&self, index: usize, now: Instant) -> Duration {
        let latest = self.latest(index).map_or(now, |latest| latest + STUCK_IN_ALL);
        latest.saturating_duration_since(now).clamp(STUCK_AT_LEAST, STUCK_AFTER)
    }
}

/// How long before its end a window of this length is forced.
pub(crate) fn force_lead(window: Duration) -> Duration {
    (window / 10).min(FORCE_LEAD)
}
