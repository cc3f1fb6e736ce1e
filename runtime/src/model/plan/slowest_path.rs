//! The slowest stop path of a plan: the critical path over guaranteed windows, in time linear in services plus edges.
//!
//! The compiler evaluates it, so that the sums are `const fn`s over whole nanoseconds in a `u64` (584 years).

use std::time::Duration;

use super::ServicePlan;

/// The value in `next` that marks the end of a path.
pub(crate) const END: usize = usize::MAX;

/// Returns the length of the slowest stop path.
///
/// It fills `length` with the slowest path from the stop request of each service until the end of the
/// group, and `next` with the service that follows on that path.
pub(crate) const fn slowest(
    services: &[ServicePlan],
    order: &[usize],
    length: &mut [u64],
    next: &mut [usize],
) -> u64 {
    let mut slowest = 0;
    let mut at = 0;
    while at < order.len() {
        let index = order[at];
        let service = &services[index];
        let (mut rest, mut follower) = (0, END);
        let mut edge = 0;
        while edge < service.dependencies.len() + service.stops_before.len() {
            let after = if edge < service.dependencies.len() {
                service.dependencies[edge].service.index()
            } else {
                service.stops_before[edge - service.dependencies.len()]
            };
            if length[after] > rest || follower == END {
                (rest, follower) = (length[after], after);
            }
            edge += 1;
        }
        length[index] = rest.saturating_add(nanos(service.window.guaranteed()));
        next[index] = follower;
        if length[index] > slowest {
            slowest = length[index];
        }
        at += 1;
    }
    slowest
}

/// Returns the service with which the slowest path begins: the first field of several, or `END` without services.
pub(crate) const fn first(length: &[u64]) -> usize {
    let (mut first, mut at) = (END, 0);
    while at < length.len() {
        if first == END || length[at] > length[first] {
            first = at;
        }
        at += 1;
    }
    first
}

/// Returns the services of the slowest path in the order of the stop.
pub(super) fn of(length: &[u64], next: &[usize]) -> impl Iterator<Item = usize> {
    let is_service = |index: &usize| *index != END;
    std::iter::successors(Some(first(length)).filter(is_service), move |&at| {
        Some(next[at]).filter(is_service)
    })
}

/// Returns the duration in whole nanoseconds, at most `u64::MAX`.
pub(crate) const fn nanos(duration: Duration) -> u64 {
    duration.as_secs().saturating_mul(1_000_000_000).saturating_add(duration.subsec_nanos() as u64)
}
