//! A row for each service, those of nested groups below their own.

use std::fmt::{self, Display};

use super::words::{Ago, Left, Look, NAMED};
use super::{Countdown, Prose, Text};
use service_group::Plan;
use service_group::ServerStats;
use service_group::ServiceName;
use service_group::StopOutcome;
use service_group::plan::ServicePlan;
use service_group::status::{ServiceState, ServiceStatus};
use service_group::text::HumanDuration;
use service_group::{GroupPhase, GroupStatus};

/// How many members of a collection have rows.
const MEMBERS: usize = 20;
/// Deeper groups are not indented more: the style knows no more.
const DEEPEST: usize = 4;
/// How many characters of the path of a request are shown.
const LONGEST: usize = 120;

/// The rows of one group.
pub(super) struct Services<'a> {
    pub(super) plan: &'a Plan,
    pub(super) status: &'a GroupStatus,
    /// How deep it is nested.
    pub(super) depth: usize,
}

impl Display for Services<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.plan.services().iter().zip(&self.status.services).try_for_each(|(plan, service)| {
            write!(f, "{}", Row { plan, service, phase: self.status.phase, depth: self.depth })?;
            write!(f, "{}", Inside { plan, service, depth: self.depth + 1 })
        })
    }
}

/// The rows of the group that a service is, or of the members of the collection that it is.
struct Inside<'a> {
    plan: &'a ServicePlan,
    service: &'a ServiceStatus,
    depth: usize,
}

impl Display for Inside<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let depth = self.depth;
        match (self.plan.nested(), &self.service.nested) {
            (_, Some(members)) if members.is_collection => {
                let state = self.service.state;
                // Those that are not as the others are shown first.
                let (as_all, others): (Vec<_>, Vec<_>) =
                    members.services.iter().partition(|member| member.state == state);
                let mut rows = others.into_iter().chain(as_all);
                rows.by_ref().take(MEMBERS).try_for_each(|service| {
                    write!(f, "{}", Row { plan: self.plan, service, phase: members.phase, depth })?;
                    write!(f, "{}", Inside { plan: self.plan, service, depth: depth + 1 })
                })?;
                match rows.count() {
                    0 => Ok(()),
                    count => More { of: &self.service.name, count, depth }.fmt(f),
                }
            }
            (Some(plan), Some(status)) => write!(f, "{}", Services { plan, status, depth }),
            _ => Ok(()),
        }
    }
}

/// The row that stands for the members that have none.
struct More<'a> {
    of: &'a ServiceName,
    count: usize,
    depth: usize,
}

impl Display for More<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = Text(self.of);
        let count = self.count;
        let depth = self.depth.min(DEEPEST);
        write!(f, "<tr class=\"depth-{depth}\" data-service=\"{of}[]\"><th scope=\"row\">{of}[…]</th>")?;
        writeln!(f, "<td colspan=\"4\"><span class=\"remark\">{count} more</span></td></tr>")
    }
}

struct Row<'a> {
    plan: &'a ServicePlan,
    service: &'a ServiceStatus,
    phase: GroupPhase,
    depth: usize,
}

impl Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ServiceStatus { name, state, in_state_for, .. } = self.service;
        let depth = self.depth.min(DEEPEST);
        write!(f, "<tr class=\"depth-{depth}\" data-service=\"{name}\">", name = Text(name))?;
        write!(f, "<th scope=\"row\">{}</th>", Text(name))?;
        write!(f, "<td><span class=\"state {}\">{state}</span>", Look(self.service))?;
        match self.remark() {
            Some(remark) => write!(f, " <span class=\"remark\">{}</span></td>", Prose(remark))?,
            None => f.write_str("</td>")?,
        }
        write!(f, "<td>{}</td>", Ago(*in_state_for))?;
        self.stop(f)?;
        self.in_flight(f)?;
        f.write_str("</tr>\n")
    }
}

impl Row<'_> {
    /// The words about the state.
    fn remark(&self) -> Option<String> {
        let ServiceStatus { state, waits_for, stop, outcome, failure, may_fail, .. } = self.service;
        match (state, outcome) {
            (ServiceState::Stopped, Some(StopOutcome::Graceful)) => None,
            (ServiceState::Stopped, ending) => ending.as_ref().map(ToString::to_string),
            (ServiceState::Stopping, _) if stop.as_ref().is_some_and(|stop| stop.forced) => {
                Some("forced: it cuts what is left".to_owned())
            }
            _ if !waits_for.is_empty() && self.phase == GroupPhase::Stopping => {
                let have = if waits_for.len() == 1 { "has" } else { "have" };
                Some(format!("until {} {have} ended", listed(waits_for)))
            }
            (ServiceState::Failed, _) => failure.as_ref().map(|error| match may_fail {
                true => format!("{error:#}; the group goes on"),
                false => format!("{error:#}"),
            }),
            (ServiceState::Starting, _) if self.service.start_failure.is_some() => {
                let error = self.service.start_failure.as_ref()?;
                Some(format!("attempt {}, last error: {error:#}", self.service.attempts))
            }
            (ServiceState::Running, _) if self.service.check_failure.is_some() => {
                let error = self.service.check_failure.as_ref()?;
                Some(format!("fails its check: {error:#}"))
            }
            _ if !waits_for.is_empty() => Some(format!("for {}", listed(waits_for))),
            _ => None,
        }
    }

    fn stop(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<td>")?;
        match (&self.service.stop, self.service.state) {
            (Some(stop), ServiceState::Stopped) => {
                write!(f, "took {} of {}", HumanDuration(stop.elapsed), Left(stop.stop_within))?;
            }
            (Some(stop), _) => write!(f, "{}", Countdown(stop))?,
            (None, ServiceState::Stopped) => {}
            (None, _) => {
                write!(f, "<span class=\"planned\">within {}</span>", Left(self.plan.window().guaranteed()))?;
            }
        }
        f.write_str("</td>")
    }

    fn in_flight(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<td>")?;
        if let Some(ServerStats { connections, requests, tasks, oldest, finished, cut, failed, .. }) =
            &self.service.stats
        {
            match (*requests, *connections, *tasks) {
                (0, 0, 0) => f.write_str("<span class=\"planned\">nothing</span>")?,
                (0, 0, tasks) => write!(f, "{}", Count(tasks, "task"))?,
                (requests, connections, _) => {
                    write!(f, "{}, {}", Count(requests, "request"), Count(connections, "connection"))?;
                }
            }
            if *finished + *cut > 0 {
                write!(f, "; {finished} answered, {cut} cut")?;
            }
            if *failed > 0 {
                write!(f, "; {failed} failed")?;
            }
            if let Some((what, age)) = oldest {
                let what: String = what.chars().take(LONGEST).collect();
                write!(f, " <span class=\"remark request\">{}, {}</span>", Text(what), Ago(*age))?;
            }
        }
        f.write_str("</td>")
    }
}

/// `a, b`, or `a, b, c, d, e and 3 more`.
fn listed(names: &[ServiceName]) -> String {
    match names.len().checked_sub(NAMED) {
        None | Some(0) => joined(names),
        Some(more) => format!("{} and {more} more", joined(&names[..NAMED])),
    }
}

fn joined(names: &[ServiceName]) -> String {
    names.iter().map(ServiceName::as_str).collect::<Vec<_>>().join(", ")
}

/// So many things: `1 request`, `2 requests`.
struct Count(usize, &'static str);

impl Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.0, self.1, if self.0 == 1 { "" } else { "s" })
    }
}
