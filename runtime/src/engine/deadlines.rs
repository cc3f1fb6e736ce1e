//! What is due for a service in its stop, and when.

use std::time::Duration;

use tokio::time::Instant;

use crate::state::StopRequest;

/// How much later than its window the engine aborts a nested group.
///
/// The inner engine ends its own services at the end of the window. If the outer engine aborted it at the same time, it
/// could not report.
const NESTED_GRACE: Duration = Duration::from_millis(200);

/// What is due for a service.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum StopDue {
    /// The service is forced: it has to cut what is left.
    Force(usize),
    /// Its window ends.
    End(usize),
    /// It counts as stuck.
    Stuck(usize),
}

/// Returns when the engine aborts the service.
pub(super) fn abort_time(request: &StopRequest, is_nested: bool) -> Instant {
    request.context.deadline() + if is_nested { NESTED_GRACE } else { Duration::ZERO }
}

/// Forces a service, and leaves it the time between force and end.
///
/// Ending all windows at once would skip the stop of every service that comes later in the order, a database for
/// example. A nested group observes the force by itself. It needs such a time for each service on its slowest path, so
/// that its window stays.
pub(super) fn force_now(request: &StopRequest, is_nested: bool) {
    if is_nested { request.context.force() } else { request.context.force_early() }
}
