//! Moments and states in words.

use std::fmt::{self, Display};
use std::time::Duration;

use service_group::Plan;
use service_group::StopOutcome;
use service_group::status::{ServiceState, ServiceStatus};
use service_group::text::HumanDuration;
use service_group::{GroupPhase, GroupStatus};

/// How many services a sentence names.
pub(super) const NAMED: usize = 5;

/// What happens, in a sentence or two.
pub(super) fn lead(plan: &Plan, status: &GroupStatus) -> String {
    let count = status.services.iter().filter(|service| service.is_present()).count();
    let is = |state| status.services.iter().filter(|service| service.state == state).count();
    let cause = status.cause.as_ref().map(ToString::to_string).unwrap_or_default();
    match status.phase {
        GroupPhase::Starting => {
            let started = count - is(ServiceState::Waiting) - is(ServiceState::Starting);
            format!("{started} of {count} services started.{}", waits(status))
        }
        GroupPhase::Running if status.cause.is_some() => {
            format!("Asked to stop {cause}; the stop has not begun.")
        }
        GroupPhase::Running if !status.not_ready_reasons().is_empty() => {
            format!("Not ready: {}.", status.not_ready_reasons().join("; "))
        }
        GroupPhase::Running if status.services.iter().any(fails_check) => {
            let failing = status.services.iter().filter(|service| fails_check(service));
            let failing: Vec<_> = failing.map(|service| format!("`{}`", service.name)).collect();
            format!("Not ready: the check of {} fails.", failing.join(", "))
        }
        GroupPhase::Running if !status.degraded().is_empty() => {
            format!("Runs without {}, which may fail.", status.degraded().join(", "))
        }
        GroupPhase::Running => match is(ServiceState::Running) {
            1 if count == 1 => "Its one service runs.".to_owned(),
            running if running == count => format!("All {count} services run."),
            running => format!("{running} of {count} services run."),
        },
        GroupPhase::LameDuck => {
            let left = Left(plan.lame_duck().saturating_sub(status.in_state_for));
            format!("Stops {cause}. It goes on serving for {left}, while load balancers turn away.")
        }
        GroupPhase::Stopping => {
            let ended = is(ServiceState::Stopped);
            format!("Stops {cause}. {ended} of {count} services ended.{}", waits(status))
        }
        GroupPhase::Stopped if status.cause.is_none() => "Dropped without a stop.".to_owned(),
        // `Stopped`, and phases that are added later.
        _ => {
            let took = status.stop.as_ref().map(|stop| format!(" after {}", HumanDuration(stop.elapsed)));
            format!("Stopped {cause}{}.", took.unwrap_or_default())
        }
    }
}

/// Returns whether the group is not ready because of the service.
fn fails_check(service: &ServiceStatus) -> bool {
    service.check_failure.is_some() && !service.may_fail
}

/// Returns the services that the group waits for, the one that has taken longest first.
fn waits(status: &GroupStatus) -> String {
    let mut waits_for = status.waits_for();
    waits_for.sort_by_key(|service| std::cmp::Reverse(service.in_state_for));
    let mut names: Vec<_> = waits_for.iter().take(NAMED).map(|service| waited_for(service)).collect();
    if waits_for.len() > NAMED {
        names.push(format!("{} more", waits_for.len() - NAMED));
    }
    if names.is_empty() { String::new() } else { format!(" It waits for {}.", names.join("; ")) }
}

/// A service and how long, with those inside it that it waits for itself.
fn waited_for(service: &ServiceStatus) -> String {
    let inside = service.nested.iter().flat_map(|group| group.waits_for());
    let inside: Vec<_> = inside.take(NAMED).map(|service| format!("`{}`", service.name)).collect();
    let inside = if inside.is_empty() { String::new() } else { format!(" ({})", inside.join(", ")) };
    match &service.stop {
        Some(stop) => format!("`{}`{inside}, {} left", service.name, Left(stop.remaining)),
        None => format!("`{}`{inside}, for {}", service.name, Ago(service.in_state_for)),
    }
}

/// The classes of a service's state, with another colour for what did not end as it should.
pub(super) struct Look<'a>(pub(super) &'a ServiceStatus);

impl Display for Look<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.check_failure.is_some() {
            return f.write_str("running failed");
        }
        let badly = match self.0.outcome.as_ref().map(StopOutcome::exit_code) {
            None | Some(0) => "",
            Some(1) => " failed",
            Some(_) => " forced",
        };
        write!(f, "{}{badly}", self.0.state)
    }
}

/// How long something has been so, in no finer steps than are worth an event: `42 s`, `2 m 5 s`, `3 h 20 m`, `2 d 4 h`.
pub(super) struct Ago(pub(super) Duration);

impl Display for Ago {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let minutes = seconds / 60;
        let hours = seconds / 3_600;
        let days = seconds / 86_400;
        let two = |f: &mut fmt::Formatter<'_>, many, unit, rest, smaller| match rest {
            0 => write!(f, "{many} {unit}"),
            _ => write!(f, "{many} {unit} {rest} {smaller}"),
        };
        match seconds {
            0..60 => write!(f, "{seconds} s"),
            60..600 => two(f, minutes, 'm', seconds % 60, 's'),
            600..3_600 => write!(f, "{minutes} m"),
            3_600..86_400 => two(f, hours, 'h', minutes % 60, 'm'),
            _ => two(f, days, 'd', hours % 24, 'h'),
        }
    }
}

/// What is left of a time, to the tenth of a second.
pub(super) struct Left(pub(super) Duration);

impl Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_millis() {
            millis @ ..60_000 if millis % 1_000 == 0 => write!(f, "{} s", millis / 1_000),
            millis @ ..60_000 => write!(f, "{}.{} s", millis / 1_000, millis % 1_000 / 100),
            _ => Ago(self.0).fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_people_say_them() {
        let seconds = [0, 59, 60, 125, 599, 600, 3_599, 3_600, 12_345, 86_400, 187_200];
        let ago = seconds.map(|seconds| Ago(Duration::from_secs(seconds)).to_string());
        let expected = [
            "0 s", "59 s", "1 m", "2 m 5 s", "9 m 59 s", "10 m", "59 m", "1 h", "3 h 25 m", "1 d", "2 d 4 h",
        ];
        assert_eq!(ago, expected);
        let left =
            [0, 40, 1_850, 6_000, 59_999, 60_000].map(|ms| Left(Duration::from_millis(ms)).to_string());
        assert_eq!(left, ["0 s", "0.0 s", "1.8 s", "6 s", "59.9 s", "1 m"]);
    }
}
