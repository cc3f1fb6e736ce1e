//! Notices a runtime that runs no tasks, and says so. It never kills: that is for whoever asks the process from outside.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Ping, watchdog};
use crate::model::FAR;
use crate::model::GroupPhase;
use crate::state::GroupState;
use crate::text::HumanDuration;
use crate::text::stderr;
use crate::view::words;

/// How long a runtime may run no task before that is told: what a Kubernetes probe waits by default.
pub(crate) const STALLED_AFTER: Duration = Duration::from_secs(1);
/// So often the runtime is asked within that time; a setting of less than this many milliseconds makes no sense.
const QUESTIONS: u32 = 4;

/// How often the runtime is asked, for silences of this length to be noticed.
pub(super) fn period(stalled_after: Duration) -> Duration {
    (stalled_after.min(FAR) / QUESTIONS).max(Duration::from_millis(1))
}

/// What the guard does once a period.
pub(super) fn look(shared: &Arc<GroupState>, stalled_after: Duration, pulse: &Ping, now: Instant) {
    let silent = pulse.silent_for(now);
    if silent >= stalled_after && pulse.tell() {
        stderr::print_or_drop(line(shared, silent));
    }
    pulse.ask(now);
}

fn line(shared: &GroupState, silent: Duration) -> String {
    let doing = match shared.phase() {
        GroupPhase::Starting => "starting",
        GroupPhase::Running => "running",
        _ => "stopping",
    };
    let (group, stall) = (shared.plan.name(), stall(shared, silent));
    let line =
        format!("service-group: `{group}` is {doing}, and {stall}: all its threads are blocked or busy");
    let status = shared.status();
    let in_hand = status.services.iter().map(|service| (&service.name, watchdog::in_hand(service)));
    let in_hand = in_hand.filter(|(_, in_hand)| !in_hand.is_empty());
    in_hand.fold(line, |line, (service, in_hand)| line + "; `" + service + "`" + &in_hand)
}

/// That the runtime is stalled, and whose code is on its threads, as far as the group knows its tasks.
pub(super) fn stall(shared: &GroupState, silent: Duration) -> String {
    let busy = shared.on_threads("");
    let whose =
        if busy.is_empty() { String::new() } else { format!(", with {} on a thread", words::names(busy)) };
    format!("its runtime has run no task for {}{whose}", HumanDuration(silent))
}
