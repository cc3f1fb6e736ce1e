//! What the live lines say, from the status of the group alone.

use super::row::{Row, is_unclean, tenths};
use crate::model::Plan;
use crate::model::StopCause;
use crate::model::{GroupPhase, GroupStatus, ServiceState, ServiceStatus};
use crate::text::HumanDuration;
use crate::view::canvas::{Line, Style, Tone, column};

/// How wide a bar is.
const BAR: usize = 16;
/// How many characters of a name are shown at least where the terminal is narrow.
const NAME: usize = 24;

/// How the lines are drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) style: Style,
    /// How many lines there may be.
    pub(super) height: usize,
    /// Whether signals are heard.
    pub(super) signals: bool,
}

/// The one line of a group that has started.
pub(super) fn ready(status: &GroupStatus) -> String {
    let started = HumanDuration(status.uptime.saturating_sub(status.in_state_for));
    match status.services.len() {
        1 => format!("`{}` is ready: 1 service in {started}", status.group_name),
        count => format!("`{}` is ready: {count} services in {started}", status.group_name),
    }
}

impl Frame {
    /// The group in the first line, and below it each service that is under way, and who waits for whom.
    pub(super) fn lines(&self, status: &GroupStatus, plan: &Plan) -> Vec<String> {
        let mut rows = Vec::new();
        Self::add(&mut rows, status, plan, 0);
        let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0).min(NAME);
        let mut lines = self.head(status, plan);
        // Who is under way is seen first, where the terminal is too low for all.
        let room = self.height.saturating_sub(lines.len());
        let left_out = if rows.len() > room { rows.len() - room.saturating_sub(1) } else { 0 };
        for _ in 0..left_out {
            let last = rows.iter().rposition(|row| !row.is_under_way).unwrap_or(rows.len() - 1);
            rows.remove(last);
        }
        lines.extend(rows.iter().map(|row| self.line(row, width)));
        if left_out > 0 {
            lines.push(Line::new(self.style).push(Tone::Dim, &format!("  … and {left_out} more")).finish());
        }
        lines.truncate(self.height.max(1));
        lines
    }

    /// The group, and what the next Ctrl-C does: in a line of its own where there is no room.
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

    /// What the next Ctrl-C does.
    fn hint(&self, status: &GroupStatus) -> &'static str {
        let forced = status.stop.as_ref().is_some_and(|stop| stop.forced);
        match &status.cause {
            _ if !self.signals || status.phase == GroupPhase::Stopped => "",
            None => "  Ctrl-C to stop",
            Some(StopCause::Signal(_)) if forced => "  forced, Ctrl-C again to end the process",
            Some(StopCause::Signal(_)) => "  Ctrl-C again to force",
            // The first signal asks for the stop that is there already.
            Some(_) if forced => "  forced",
            Some(_) => "  Ctrl-C twice to force",
        }
    }

    /// Adds the services of a group: those under way, and then those that wait.
    fn add(rows: &mut Vec<Row>, status: &GroupStatus, plan: &Plan, depth: usize) {
        let under_way = status.waits_for();
        let place = |service: &&ServiceStatus| plan.position(&service.name);
        let mut waiting: Vec<_> =
            status.services.iter().filter(|service| !service.waits_for.is_empty()).collect();
        // In the order of what is going on.
        let rank = |service: &&ServiceStatus| {
            let rank = plan.order().iter().position(|&index| Some(index) == place(service)).unwrap_or(0);
            if status.phase == GroupPhase::Starting { rank } else { plan.order().len() - rank }
        };
        waiting.sort_by_key(rank);
        for service in status.services.iter().filter(|service| is_unclean(service)) {
            rows.push(Row::ended(service, depth));
        }
        for service in under_way {
            let Some(index) = place(&service) else { continue };
            let own = &plan.services()[index];
            rows.push(Row::under_way(service, own.start_within(), depth));
            if let (Some(group), Some(plan)) = (&service.nested, own.nested()) {
                Self::add(rows, group, plan, depth + 1);
            }
        }
        rows.extend(waiting.into_iter().map(|service| Row::waiting(service, depth)));
    }

    fn line(&self, row: &Row, width: usize) -> String {
        let tone = if row.is_under_way { Tone::Plain } else { Tone::Dim };
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

/// What the group does, why, and for how long.
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
        (GroupPhase::Running, _) => format!("is asked to stop{cause}: its runtime has not heard of it yet"),
    }
}

/// How many services are through.
fn progress(status: &GroupStatus) -> Option<String> {
    let (is_through, word): (fn(ServiceState) -> bool, _) = match status.phase {
        GroupPhase::Starting => (ServiceState::has_started, "started"),
        GroupPhase::Stopping => (|state| state == ServiceState::Stopped, "stopped"),
        GroupPhase::Running | GroupPhase::LameDuck | GroupPhase::Stopped => return None,
    };
    let count = status.services.iter().filter(|service| is_through(service.state)).count();
    Some(format!("{count} of {} {word}", status.services.len()))
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;
    use crate::model::StopOutcome;
    use crate::model::{Edge, EdgeKind, ServicePlan};
    use crate::state::GroupState;

    /// Ten services, each over the one before it, that all start at once.
    fn shared() -> GroupState {
        let name = |index: usize| -> &'static str { format!("service_{index}").leak() };
        let needs = |index: usize| -> &'static [Edge] {
            (0..index).last().map_or(&[], |below| vec![Edge::new(below, EdgeKind::Use)].leak())
        };
        let services =
            (0..10).map(|index| ServicePlan::with_stop(name(index), needs(index), &[], None, None));
        GroupState::new(Plan::leaked("App", None, None, services.collect(), (0..10).collect()), None)
    }

    fn lines(shared: &GroupState, height: usize, signals: bool) -> Vec<String> {
        Frame { style: Style::plain().width(60), height, signals }.lines(&shared.status(), &shared.plan)
    }

    #[test]
    fn a_low_terminal_shows_who_is_under_way() {
        let shared = shared();
        shared.set_state(0, ServiceState::Starting, Instant::now());
        let lines = lines(&shared, 4, true);
        assert_eq!(lines.len(), 4, "{lines:#?}");
        assert_eq!(lines[0], "`App` starting  0.0 s  0 of 10 started  Ctrl-C to stop");
        assert_eq!(lines[1], "  service_0  ░░░░░░░░░░░░░░░░  starting  0.0 s, 30.0 s left");
        assert_eq!(lines[2..], ["  service_1  waits for service_0", "  … and 8 more"]);
    }

    #[test]
    fn a_blocked_runtime_is_said_to_be_one() {
        let shared = shared();
        shared.enter(GroupPhase::Running);
        shared.request(StopCause::Signal(crate::SignalKind::Terminate));
        let head = &lines(&shared, 9, false)[0];
        assert_eq!(head, "`App` is asked to stop on SIGTERM: its runtime has not heard of it yet");
    }

    #[test]
    fn who_was_asked_by_code_needs_two_signals_to_force() {
        let shared = shared();
        shared.request(StopCause::Requested);
        let head = "`App` starting on request  0.0 s  0 of 10 started";
        // It has no room beside the rest, and is never cut off.
        assert_eq!(lines(&shared, 9, true)[..2], [head, "  Ctrl-C twice to force"]);
        assert_eq!(lines(&shared, 9, false)[..2], [head, "  service_1  waits for service_0"]);
    }

    #[test]
    fn a_panic_of_many_lines_is_one_line() {
        let shared = shared();
        let ending = StopOutcome::Panicked("assertion failed\n  left: 1\n right: \u{1b}[2J".to_owned());
        assert_eq!(ending.reason().as_deref(), Some("assertion failed; left: 1; right: \u{fffd}[2J"));
        shared.request(StopCause::Requested);
        shared.set_outcome(0, ending, Instant::now());
        let line = &lines(&shared, 9, false)[1];
        assert_eq!(line, "  service_0  panicked: assertion failed; left: 1; right: \u{fffd}[2J");
    }
}
