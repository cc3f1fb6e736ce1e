//! The text of the live lines, made from the status and the plan of the group alone.

use super::row::{Row, is_unclean, tenths};
use crate::model::{GroupPhase, GroupStatus, Plan, ServicePlan, ServiceState, ServiceStatus, StopCause};
use crate::text::HumanDuration;
use crate::view::canvas::{Line, Style, Tone, column};

/// The width of a bar.
const BAR: usize = 16;
/// The least width of a name on a narrow terminal.
const NAME: usize = 24;

/// How the lines are drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) style: Style,
    /// The greatest number of lines.
    pub(super) height: usize,
    /// Whether signals stop the run.
    pub(super) signals: bool,
}

/// Returns the line about a group that has started.
pub(super) fn ready(status: &GroupStatus) -> String {
    let started = HumanDuration(status.uptime.saturating_sub(status.in_state_for));
    match status.services.iter().filter(|service| service.is_present()).count() {
        1 => format!("`{}` is ready: 1 service in {started}", status.group_name),
        count => format!("`{}` is ready: {count} services in {started}", status.group_name),
    }
}

impl Frame {
    /// Returns a line about the group, and below it each service that is being started or stopped, and those that wait.
    pub(super) fn lines(&self, status: &GroupStatus, plan: &Plan) -> Vec<String> {
        let mut rows = Vec::new();
        Self::add(&mut rows, status, plan, 0);
        let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0).min(NAME);
        let mut lines = self.head(status, plan);
        // On a low terminal, services that wait are left out first.
        let room = self.height.saturating_sub(lines.len());
        let left_out = if rows.len() > room { rows.len() - room.saturating_sub(1) } else { 0 };
        for _ in 0..left_out {
            let last = rows.iter().rposition(|row| !row.is_active).unwrap_or(rows.len() - 1);
            rows.remove(last);
        }
        lines.extend(rows.iter().map(|row| self.line(row, width)));
        if left_out > 0 {
            lines.push(Line::new(self.style).push(Tone::Dim, &format!("  … and {left_out} more")).finish());
        }
        lines.truncate(self.height.max(1));
        lines
    }

    /// Returns the line about the group with the hint, which gets a line of its own if there is no room.
    fn head(&self, status: &GroupStatus, plan: &Plan) -> Vec<String> {
        let line = Line::new(self.style)
            .push(Tone::Strong, &format!("`{}` {}", status.group_name, doing(status, plan)));
        let line = match progress(status) {
            Some(progress) => line.push(Tone::Plain, &format!("  {progress}")),
            None => line,
        };
        let hint = self.hint(status);
        if line.has_room(hint) {
            return vec![line.push(Tone::Warning, hint).finish()];
        }
        vec![line.finish(), Line::new(self.style).push(Tone::Warning, hint).finish()]
    }

    /// Returns what the next Ctrl-C does.
    fn hint(&self, status: &GroupStatus) -> &'static str {
        let forced = status.stop.as_ref().is_some_and(|stop| stop.forced);
        match &status.cause {
            _ if !self.signals || status.phase == GroupPhase::Stopped => "",
            None => "  Ctrl-C to stop",
            Some(StopCause::Signal(_)) if forced => "  forced, Ctrl-C again to end the process",
            Some(StopCause::Signal(_)) => "  Ctrl-C again to force",
            // The first signal requests the stop that was already requested.
            Some(_) if forced => "  forced",
            Some(_) => "  Ctrl-C twice to force",
        }
    }

    /// Adds the services of a group: those that are being started or stopped, and then those that wait.
    fn add(rows: &mut Vec<Row>, status: &GroupStatus, plan: &Plan, depth: usize) {
        let active = status.waits_for();
        let position = |service: &&ServiceStatus| plan.position(&service.name);
        let mut waiting: Vec<_> =
            status.services.iter().filter(|service| !service.waits_for.is_empty()).collect();
        // In the order of the start, or of the stop.
        let rank = |service: &&ServiceStatus| {
            let rank = plan.order().iter().position(|&index| Some(index) == position(service)).unwrap_or(0);
            if status.phase == GroupPhase::Starting { rank } else { plan.order().len() - rank }
        };
        waiting.sort_by_key(rank);
        for service in status.services.iter().filter(|service| is_unclean(service)) {
            rows.push(Row::ended(service, depth));
        }
        for service in active {
            let Some(index) = position(&service) else { continue };
            let own = &plan.services()[index];
            rows.push(Row::active(service, own.start_window(), depth));
            Self::add_inside(rows, service, own, depth);
        }
        rows.extend(waiting.into_iter().map(|service| Row::waiting(service, depth)));
    }

    /// Adds the services of the group that a service is, or the members of the collection that it is.
    fn add_inside(rows: &mut Vec<Row>, service: &ServiceStatus, own: &ServicePlan, depth: usize) {
        match (&service.nested, own.nested()) {
            (Some(members), _) if members.is_collection => {
                let unclean = members.services.iter().filter(|member| is_unclean(member));
                rows.extend(unclean.map(|member| Row::ended(member, depth + 1)));
                for member in members.waits_for() {
                    rows.push(Row::active(member, own.start_within(), depth + 1));
                    Self::add_inside(rows, member, own, depth + 1);
                }
            }
            (Some(group), Some(plan)) => Self::add(rows, group, plan, depth + 1),
            _ => {}
        }
    }

    fn line(&self, row: &Row, width: usize) -> String {
        let tone = if row.is_active { Tone::Plain } else { Tone::Dim };
        let line = Line::new(self.style)
            .push(Tone::Plain, "  ")
            .left(tone, &row.name, width)
            .push(Tone::Plain, "  ");
        let line = match row.share {
            None => line,
            Some(share) => {
                let taken = column(share * f64::from(u8::try_from(BAR).unwrap_or(u8::MAX))).min(BAR);
                let line = line.push(row.tone, &"█".repeat(taken)).push(Tone::Dim, &"░".repeat(BAR - taken));
                line.push(Tone::Plain, "  ")
            }
        };
        line.push(row.tone, &row.state).rest(tone, &row.rest).finish()
    }
}

/// Returns what the group does, why, and for how long.
fn doing(status: &GroupStatus, plan: &Plan) -> String {
    let cause = status.cause.as_ref().map(|cause| format!(" {cause}")).unwrap_or_default();
    match (status.phase, &status.stop) {
        (GroupPhase::Starting, _) => format!("starting{cause}  {}", tenths(status.in_state_for)),
        (GroupPhase::LameDuck, _) => {
            let left = tenths(plan.lame_duck().saturating_sub(status.in_state_for));
            format!("goes on serving as a lame duck{cause}  {left} more")
        }
        (GroupPhase::Stopping, Some(stop)) => {
            format!("stopping{cause}  {} of {}", tenths(stop.elapsed), HumanDuration(stop.stop_within))
        }
        (GroupPhase::Stopping, None) => format!("stopping{cause}  {}", tenths(status.in_state_for)),
        (GroupPhase::Stopped, _) => "stopped".to_owned(),
        (GroupPhase::Running, _) => {
            format!("was requested to stop{cause}, but its runtime has not reacted yet")
        }
    }
}

/// Returns how many services have started, or stopped.
fn progress(status: &GroupStatus) -> Option<String> {
    let (is_done, word): (fn(ServiceState) -> bool, _) = match status.phase {
        GroupPhase::Starting => (ServiceState::has_started, "started"),
        GroupPhase::Stopping => (|state| state == ServiceState::Stopped, "stopped"),
        GroupPhase::Running | GroupPhase::LameDuck | GroupPhase::Stopped => return None,
    };
    let services = status.services.iter().filter(|service| service.is_present());
    let (count, all) = (services.clone().filter(|service| is_done(service.state)).count(), services.count());
    Some(format!("{count} of {all} {word}"))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Weak};

    use tokio::time::Instant;

    use super::*;
    use crate::model::StopOutcome;
    use crate::model::{Edge, EdgeKind};
    use crate::state::{GroupState, StopContext, StopRequest, StoppedService};

    /// Ten services in a row, each of which depends on the one before it.
    fn ten_services() -> GroupState {
        let name = |index: usize| -> &'static str { format!("service_{index}").leak() };
        let needs = |index: usize| -> &'static [Edge] {
            (0..index).last().map_or(&[], |below| vec![Edge::new(below, EdgeKind::Use)].leak())
        };
        let services =
            (0..10).map(|index| ServicePlan::with_stop(name(index), needs(index), &[], None, None));
        GroupState::new(Plan::leaked("App", None, None, services.collect(), (0..10).collect()), None)
    }

    fn lines(group: &GroupState, height: usize, signals: bool) -> Vec<String> {
        Frame { style: Style::plain().width(60), height, signals }.lines(&group.status(), &group.plan)
    }

    #[test]
    fn a_low_terminal_shows_the_services_that_are_being_started() {
        let group = ten_services();
        group.set_state(0, ServiceState::Starting, Instant::now());
        let lines = lines(&group, 4, true);
        assert_eq!(lines.len(), 4, "{lines:#?}");
        assert_eq!(lines[0], "`App` starting  0.0 s  0 of 10 started  Ctrl-C to stop");
        assert_eq!(lines[1], "  service_0  ░░░░░░░░░░░░░░░░  starting  0.0 s, 30.0 s left");
        assert_eq!(lines[2..], ["  service_1  waits for service_0", "  … and 8 more"]);
    }

    #[test]
    fn a_blocked_runtime_is_reported() {
        let group = ten_services();
        group.enter(GroupPhase::Running);
        group.request_stop(StopCause::Signal(crate::SignalKind::Terminate));
        let head = &lines(&group, 9, false)[0];
        assert_eq!(head, "`App` was requested to stop on SIGTERM, but its runtime has not reacted yet");
    }

    #[test]
    fn a_stop_requested_by_code_needs_two_signals_to_be_forced() {
        let group = ten_services();
        group.request_stop(StopCause::Requested);
        let head = "`App` starting on request  0.0 s  0 of 10 started";
        // The hint has no room in the first line, and is never cut off.
        assert_eq!(lines(&group, 9, true)[..2], [head, "  Ctrl-C twice to force"]);
        assert_eq!(lines(&group, 9, false)[..2], [head, "  service_1  waits for service_0"]);
    }

    /// Each member has its own line, below that of its collection.
    #[test]
    fn members_are_shown_while_they_stop() {
        let services = vec![ServicePlan::with_stop("consumers", &[], &[], None, None)];
        let group = Arc::new(GroupState::new(Plan::leaked("App", None, None, services, vec![0]), None));
        let names = ["orders", "mails", "done"].map(str::to_owned).to_vec();
        let plan = Plan::of_members(&group.plan.services()[0], names, (None, false));
        let members = Arc::new(GroupState::of_members(plan, vec![0, 1, 2], &group, None));
        group.set_nested(0, Arc::clone(&members));
        for of in [&group, &members] {
            of.request_stop(StopCause::Requested);
            of.enter(GroupPhase::Stopping);
        }
        let (at, end) = (Instant::now(), Instant::now() + std::time::Duration::from_secs(5));
        for (of, index) in [(&group, 0), (&members, 0), (&members, 1)] {
            let force = of.force_token().clone();
            let service = StoppedService { plan: &of.plan.services()[index], members: None };
            let context = StopContext::new(
                at..end,
                StopCause::Requested,
                force,
                of.events.clone(),
                service,
                Weak::<()>::new(),
            );
            of.set_request(index, StopRequest { at, context });
            of.set_state(index, ServiceState::Stopping, at);
        }
        members.set_outcome(1, StopOutcome::Failed(crate::BoxError::from("cannot close").into()), at);
        members.set_outcome(2, StopOutcome::Graceful, at);
        let lines = lines(&group, 9, true);
        let names: Vec<_> =
            lines[1..].iter().map(|line| line.split("  ").find(|part| !part.is_empty())).collect();
        assert_eq!(
            names[lines.len() - 4..],
            [Some("consumers"), Some("consumers[mails]"), Some("consumers[orders]")],
            "{lines:#?}"
        );
        assert!(lines.iter().any(|line| line.contains("failed: cannot close")), "{lines:#?}");
    }

    #[test]
    fn a_panic_of_many_lines_is_one_line() {
        let group = ten_services();
        let ending = StopOutcome::Panicked("assertion failed\n  left: 1\n right: \u{1b}[2J".to_owned());
        assert_eq!(ending.reason().as_deref(), Some("assertion failed; left: 1; right: \u{fffd}[2J"));
        group.request_stop(StopCause::Requested);
        group.set_outcome(0, ending, Instant::now());
        let line = &lines(&group, 9, false)[1];
        assert_eq!(line, "  service_0  panicked: assertion failed; left: 1; right: \u{fffd}[2J");
    }
}
