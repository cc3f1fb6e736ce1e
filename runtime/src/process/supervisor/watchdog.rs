//! The hard deadline of a run, and the last line of a process that missed it.

use std::time::{Duration, Instant};

use super::SupervisedRun;
use super::exit::ENDED_BY_SUPERVISOR;
use super::heartbeat::{self, DEFAULT_STALL_THRESHOLD};
use crate::model::{GRACE, GroupPhase, GroupStatus, ServiceState, ServiceStatus, StopOutcome, inner_path};
use crate::state::GroupState;
use crate::text::HumanDuration;
use crate::view::words;

impl SupervisedRun {
    /// Returns when the process is ended: known once a stop was requested.
    pub(super) fn hard_deadline(&self) -> Option<Instant> {
        let requested_at = self.stop_signal.requested_at()?;
        Some(requested_at + self.group.plan.stop_within() + GRACE + self.suspended)
    }

    pub(super) fn is_overdue(&self, now: Instant) -> bool {
        self.hard_deadline().is_some_and(|deadline| deadline <= now) || self.start_is_blocked(now)
    }

    /// Returns whether the start has held the whole runtime for longer than it may take. The engine cannot end its window,
    /// since it runs on the same threads.
    fn start_is_blocked(&self, now: Instant) -> bool {
        if self.is_stopping() || self.group.phase() != GroupPhase::Starting {
            return false;
        }
        let silent = self.ping.silent_for(now);
        silent > GRACE && silent > self.group.longest_running_start() + GRACE
    }

    /// Returns the last line of a process whose hard deadline has passed.
    pub(super) fn final_line(&self, now: Instant) -> String {
        let status = self.group.status_bounded();
        if !self.is_stopping() {
            let (name, stall) = (status.group_name, heartbeat::stall(&self.group, self.ping.silent_for(now)));
            return format!(
                "service-group: `{name}` cannot start: {stall}; exiting with code {ENDED_BY_SUPERVISOR}"
            );
        }
        let budget = HumanDuration(self.group.plan.stop_within());
        let found = findings(&status, &self.group, self.ping.silent_for(now)).join("; ");
        format!(
            "service-group: `{}` missed its stop budget of {budget} and the grace period of {}: {found}; exiting with \
             code {ENDED_BY_SUPERVISOR}",
            status.group_name,
            HumanDuration(GRACE)
        )
    }
}

/// Returns which services delay the stop, and what is known of the runtime.
fn findings(status: &GroupStatus, group: &GroupState, silent: Duration) -> Vec<String> {
    let mut found = Vec::new();
    add_unfinished(status, "", &mut found);
    if silent >= DEFAULT_STALL_THRESHOLD {
        found.push(heartbeat::stall(group, silent));
    } else if found.is_empty() {
        found.push("the runtime is responsive, but the future of `run()` is not being polled".to_owned());
    }
    found
}

/// Returns the services that have not finished, if there are any.
pub(super) fn unfinished_services(group: &GroupState) -> Option<String> {
    let mut found = Vec::new();
    add_unfinished(&group.status_bounded(), "", &mut found);
    (!found.is_empty()).then(|| found.join("; "))
}

/// Adds a text for each service that has not finished: it is stuck, starts, stops, or waits for one of these. Nested groups
/// are included.
fn add_unfinished(status: &GroupStatus, path: &str, found: &mut Vec<String>) {
    // Stuck services come first: the others may only wait for the runtime, which they block.
    for service in &status.services {
        if matches!(service.outcome, Some(StopOutcome::Stuck { lent_to: None })) {
            found.push(format!("`{path}{}` is stuck{}", service.name, words::in_flight(service)));
        }
    }
    for service in status.waits_for() {
        let name = format!("{path}{}", service.name);
        let before = found.len();
        if let Some(nested) = &service.nested {
            add_unfinished(nested, &inner_path(path, &service.name, nested.is_collection), found);
        }
        if found.len() == before {
            found.push(format!("`{name}` {}", progress(service)));
        }
    }
    if status.phase == GroupPhase::Stopping {
        let waiting = status.services.iter().filter(|service| !service.waits_for.is_empty());
        found.extend(waiting.map(|service| {
            format!("`{path}{}` waits for {}", service.name, words::names(&service.waits_for))
        }));
    }
}

fn progress(service: &ServiceStatus) -> String {
    let doing = if service.state == ServiceState::Starting { "starting" } else { "stopping" };
    let since = service.stop.as_ref().map_or(service.in_state_for, |stop| stop.elapsed);
    format!("has been {doing} for {}{}", HumanDuration(since), words::in_flight(service))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{Plan, ServicePlan};
    use crate::model::{ServerStats, StatsSource};

    struct Serves;

    impl StatsSource for Serves {
        fn stats(&self) -> ServerStats {
            let oldest = Some(("GET /orders/7".to_owned(), Duration::from_millis(4_200)));
            ServerStats { requests: 2, oldest, ..ServerStats::default() }
        }
    }

    #[test]
    fn the_final_line_names_requests_in_flight_and_a_stalled_runtime() {
        let services = vec![ServicePlan::with_stop("gateway", &[], &[], None, None)];
        let group = GroupState::new(Plan::leaked("Group", None, None, services, vec![0]), None);
        let begin = tokio::time::Instant::now();
        let found = |silent| findings(&group.status(), &group, silent);
        assert_eq!(
            found(Duration::ZERO),
            ["the runtime is responsive, but the future of `run()` is not being polled"]
        );
        group.set_state(0, ServiceState::Starting, begin + Duration::from_secs(60));
        group.show_stats(0, Arc::new(Serves));
        let gateway = "`gateway` has been starting for 0 µs (2 requests in flight, the oldest GET /orders/7, 4.20 s old)";
        assert_eq!(found(Duration::ZERO), [gateway]);
        assert_eq!(found(Duration::from_secs(3)), [gateway, "its runtime has run no task for 3 s"]);
        let busy = crate::state::Busy::default();
        group.track_busy(0, busy.clone());
        let polled = busy.counting(async { found(Duration::from_secs(3)) });
        let polled = futures_util::FutureExt::now_or_never(polled).expect("it does not wait");
        assert_eq!(polled, [gateway, "its runtime has run no task for 3 s, with `gateway` on a thread"]);
        group.set_outcome(0, StopOutcome::Stuck { lent_to: None }, begin);
        let gateway = "`gateway` is stuck (2 requests in flight, the oldest GET /orders/7, 4.20 s old)";
        assert_eq!(unfinished_services(&group).as_deref(), Some(gateway));
        group.set_outcome(0, StopOutcome::Graceful, begin);
        assert_eq!(unfinished_services(&group), None);
    }
}
