//! Notices a runtime that runs no tasks, and reports it. It ends nothing: a probe from outside decides that.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Ping;
use crate::model::{FAR, GroupPhase};
use crate::state::GroupState;
use crate::text::{HumanDuration, stderr};
use crate::view::words;

/// How long a runtime may run no task before that is reported: as long as a Kubernetes probe waits by default.
pub(crate) const DEFAULT_STALL_THRESHOLD: Duration = Duration::from_secs(1);
/// How many pings there are within that time. A threshold of less than this many milliseconds is rounded up.
const PINGS: u32 = 4;

/// Returns how often the runtime is pinged, so that silences of this length are noticed.
pub(super) fn period(stall_threshold: Duration) -> Duration {
    (stall_threshold.min(FAR) / PINGS).max(Duration::from_millis(1))
}

/// Reports a silence that reached the threshold, once, and pings. Called once every period.
pub(super) fn check(group: &Arc<GroupState>, stall_threshold: Duration, ping: &Ping, now: Instant) {
    let silent = ping.silent_for(now);
    if silent >= stall_threshold && ping.mark_reported() {
        stderr::print_or_drop(line(group, silent));
    }
    ping.send(now);
}

fn line(group: &GroupState, silent: Duration) -> String {
    let doing = match group.phase() {
        GroupPhase::Starting => "starting",
        GroupPhase::Running => "running",
        _ => "stopping",
    };
    let (name, stall) = (group.plan.name(), stall(group, silent));
    let line =
        format!("service-group: `{name}` is {doing}, and {stall}: all its threads are blocked or busy");
    let status = group.status_bounded();
    let busy = status.services.iter().map(|service| (&service.name, words::in_flight(service)));
    let busy = busy.filter(|(_, in_flight)| !in_flight.is_empty());
    busy.fold(line, |line, (service, in_flight)| line + "; `" + service + "`" + &in_flight)
}

/// Describes the stall, with the services whose code is on a thread, as far as the group knows their tasks.
pub(super) fn stall(group: &GroupState, silent: Duration) -> String {
    let busy = group.on_threads("");
    let whose =
        if busy.is_empty() { String::new() } else { format!(", with {} on a thread", words::names(busy)) };
    format!("its runtime has run no task for {}{whose}", HumanDuration(silent))
}
