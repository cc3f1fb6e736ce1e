//! The slowest stop path of a plan: the critical path method over guaranteed windows, linear in services plus edges.
//!
//! Everything is a `const fn`, and whole nanoseconds in a `u64` (584 years), since the compiler runs it.

use std::time::Duration;

use super::ServicePlan;

/// Marks the end of a path in `next`.
pub(crate) const END: usize = usize::MAX;

/// Fills `length` with the slowest path from the moment each service is asked to the end of the group, and `next`
/// with the service that follows on that path; gives the longest of them.
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
            let behind = if edge < service.dependencies.len() {
                service.dependencies[edge].service.index()
            } else {
                service.stops_before[edge - service.dependencies.len()]
            };
            if length[behind] > rest || follower == END {
                (rest, follower) = (length[behind], behind);
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

/// Whole nanoseconds, at most `u64::MAX`.
pub(crate) const fn nanos(duration: Duration) -> u64 {
    duration.as_secs().saturating_mul(1_000_000_000).saturating_add(duration.subsec_nanos() as u64)
}
