//! The hard deadline of a run, and what is said when it has passed.

use std::time::{Duration, Instant};

use super::SupervisedRun;
use super::heartbeat::{self, STALLED_AFTER};
use crate::model::GRACE;
use crate::model::StopOutcome;
use crate::model::{GroupPhase, GroupStatus, ServiceState, ServiceStatus};
use crate::state::GroupState;
use crate::text::HumanDuration;
use crate::text::OneLine;
use crate::view::words;

impl SupervisedRun {
    /// The moment after which the process is ended, known once a stop was requested.
    pub(super) fn hard_deadline(&self) -> Option<Instant> {
        let armed = self.alarm.armed.get()?;
        Some(*armed + self.shared.plan.stop_within() + GRACE + self.held_up)
    }

    pub(super) fn is_overdue(&self, now: Instant) -> bool {
        self.hard_deadline().is_some_and(|deadline| deadline <= now)
    }

    /// What to say when the hard deadline has passed.
    pub(super) fn last_words(&self, now: Instant) -> String {
        let status = self.shared.status();
        let budget = HumanDuration(self.shared.plan.stop_within());
        let found = findings(&status, &self.shared, self.pulse.silent_for(now)).join("; ");
        format!(
            "service-group: `{}` has not stopped within {budget} and {} more: {found}; the process ends with exit code 4",
            status.group_name,
            HumanDuration(GRACE)
        )
    }
}

/// Who holds up the stop, and what is known of the runtime.
fn findings(status: &GroupStatus, shared: &GroupState, silent: Duration) -> Vec<String> {
    let mut found = Vec::new();
    stuck(status, "", &mut found);
    if silent >= STALLED_AFTER {
        found.push(heartbeat::stall(shared, silent));
    } else if found.is_empty() {
        found.push("its runtime runs, and nothing polls the future of the run".to_owned());
    }
    found
}

/// Who is being started or stopped now, if somebody is.
pub(super) fn who(shared: &GroupState) -> Option<String> {
    let mut found = Vec::new();
    stuck(&shared.status(), "", &mut found);
    (!found.is_empty()).then(|| found.join("; "))
}

/// Who is stuck, who is being started or stopped, in nested groups too, and who waits for that.
fn stuck(status: &GroupStatus, path: &str, found: &mut Vec<String>) {
    // First, since the others may be held up by nothing else: their runtime runs no more.
    for service in &status.services {
        if matches!(service.outcome, Some(StopOutcome::Stuck { lent_to: None })) {
            found.push(format!("`{path}{}` is stuck{}", service.name, in_hand(service)));
        }
    }
    for service in status.waits_for() {
        let name = format!("{path}{}", service.name);
        let before = found.len();
        if let Some(group) = &service.nested {
            stuck(group, &format!("{name}."), found);
        }
        if found.len() == before {
            found.push(format!("`{name}` {}", doing(service)));
        }
    }
    if status.phase == GroupPhase::Stopping {
        let waiting = status.services.iter().filter(|service| !service.waits_for.is_empty());
        found.extend(waiting.map(|service| {
            format!("`{path}{}` waits for {}", service.name, words::names(&service.waits_for))
        }));
    }
}

fn doing(service: &ServiceStatus) -> String {
    let doing = if service.state == ServiceState::Starting { "starting" } else { "stopping" };
    let since = service.stop.as_ref().map_or(service.in_state_for, |stop| stop.elapsed);
    format!("has been {doing} for {}{}", HumanDuration(since), in_hand(service))
}

/// What a server has in its hands, in brackets.
pub(super) fn in_hand(service: &ServiceStatus) -> String {
    let Some(numbers) = service.stats.as_ref().filter(|numbers| numbers.requests > 0) else {
        return String::new();
    };
    let requests = words::requests_in_flight(numbers.requests);
    match &numbers.oldest {
        Some((what, age)) => {
            format!(" ({requests}, the oldest {}, {} old)", OneLine(what), HumanDuration(*age))
        }
        None => format!(" ({requests})"),
    }
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
    fn the_last_words_say_what_a_server_has_in_flight_and_whether_the_runtime_runs() {
        let services = vec![ServicePlan::with_stop("gateway", &[], &[], None, None)];
        let shared = GroupState::new(Plan::leaked("Group", None, None, services, vec![0]), None);
        let begin = tokio::time::Instant::now();
        let found = |silent| findings(&shared.status(), &shared, silent);
        assert_eq!(found(Duration::ZERO), ["its runtime runs, and nothing polls the future of the run"]);
        shared.set_state(0, ServiceState::Starting, begin + Duration::from_secs(60));
        shared.show_stats(0, Arc::new(Serves));
        let gateway = "`gateway` has been starting for 0 µs (2 requests in flight, the oldest GET /orders/7, 4.20 s old)";
        assert_eq!(found(Duration::ZERO), [gateway]);
        assert_eq!(found(Duration::from_secs(3)), [gateway, "its runtime has run no task for 3 s"]);
        let busy = crate::state::Busy::default();
        shared.track_busy(0, busy.clone());
        let polled = busy.counting(async { found(Duration::from_secs(3)) });
        let polled = futures_util::FutureExt::now_or_never(polled).expect("it waits for nothing");
        assert_eq!(polled, [gateway, "its runtime has run no task for 3 s, with `gateway` on a thread"]);
        shared.set_outcome(0, StopOutcome::Stuck { lent_to: None }, begin);
        let gateway = "`gateway` is stuck (2 requests in flight, the oldest GET /orders/7, 4.20 s old)";
        assert_eq!(who(&shared).as_deref(), Some(gateway));
        shared.set_outcome(0, StopOutcome::Graceful, begin);
        assert_eq!(who(&shared), None);
    }
}
