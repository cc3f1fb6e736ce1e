//! What the live lines say, from the status of the group alone.

use std::fmt::Write;
use std::time::Duration;

use crate::cause::StopCause;
use crate::membership::Numbers;
use crate::picture::{Line, Style, Tone, column};
use crate::plan::Plan;
use crate::report::Span;
use crate::status::{Phase, ServiceState, ServiceStatus, Status};

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
pub(super) fn ready(status: &Status) -> String {
    let started = Span(status.uptime.saturating_sub(status.since));
    match status.services.len() {
        1 => format!("`{}` is ready: 1 service in {started}", status.group),
        count => format!("`{}` is ready: {count} services in {started}", status.group),
    }
}

impl Frame {
    /// The group in the first line, and below it each service that is under way, and who waits for whom.
    pub(super) fn lines(&self, status: &Status, plan: &Plan) -> Vec<String> {
        let mut rows = Vec::new();
        Self::add(&mut rows, status, plan, 0);
        let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0).min(NAME);
        // Who is under way is seen first, where the terminal is too low for all.
        let room = self.height.saturating_sub(1);
        let left_out = if rows.len() > room { rows.len() - room.saturating_sub(1) } else { 0 };
        for _ in 0..left_out {
            let last = rows.iter().rposition(|row| !row.is_under_way).unwrap_or(rows.len() - 1);
            rows.remove(last);
        }
        let mut lines = vec![self.head(status, plan)];
        lines.extend(rows.iter().map(|row| self.line(row, width)));
        if left_out > 0 {
            lines.push(Line::new(self.style).push(Tone::Dim, &format!("  … and {left_out} more")).finish());
        }
        lines.truncate(self.height.max(1));
        lines
    }

    fn head(&self, status: &Status, plan: &Plan) -> String {
        let is = |state: fn(&ServiceState) -> bool| {
            let count = status.services.iter().filter(|service| state(&service.state)).count();
            format!("{count} of {}", status.services.len())
        };
        let cause = status.cause.as_ref().map(|cause| format!(" {cause}")).unwrap_or_default();
        let (doing, rest) = match status.phase {
            Phase::Starting => {
                let started = is(|state| *state >= ServiceState::Running);
                (format!("starting{cause}  {}", tenths(status.since)), format!("{started} started"))
            }
            Phase::LameDuck => {
                let left = tenths(plan.lame_duck().saturating_sub(status.since));
                (format!("goes on serving as a lame duck{cause}  {left} more"), String::new())
            }
            Phase::Stopping => {
                let stopped = is(|state| *state == ServiceState::Stopped);
                let stop = status.stop.as_ref();
                let took = stop.map_or(status.since, |stop| stop.elapsed);
                let within = stop.map_or(plan.stop_within(), |stop| stop.within);
                (
                    format!("stopping{cause}  {} of {}", tenths(took), Span(within)),
                    format!("{stopped} stopped"),
                )
            }
            Phase::Stopped => ("stopped".to_owned(), String::new()),
            Phase::Running => {
                (format!("is asked to stop{cause}: its runtime has not heard of it yet"), String::new())
            }
        };
        let line = Line::new(self.style).push(Tone::Strong, &format!("`{}` ", status.group));
        let line = line.push(Tone::Strong, &doing);
        let line = if rest.is_empty() { line } else { line.push(Tone::Plain, &format!("  {rest}")) };
        line.rest(Tone::Warning, &self.hint(status)).finish()
    }

    /// What the next Ctrl-C does.
    fn hint(&self, status: &Status) -> String {
        let forced = status.stop.as_ref().is_some_and(|stop| stop.forced);
        match &status.cause {
            _ if !self.signals || status.phase == Phase::Stopped => String::new(),
            None => "  Ctrl-C to stop".to_owned(),
            Some(StopCause::Signal(_)) if forced => "  forced, Ctrl-C again to end the process".to_owned(),
            Some(StopCause::Signal(_)) => "  Ctrl-C again to force".to_owned(),
            // The first signal asks for the stop that is there already.
            Some(_) if forced => "  forced".to_owned(),
            Some(_) => "  Ctrl-C twice to force".to_owned(),
        }
    }

    /// Adds the services of a group: those under way, and then those that wait.
    fn add(rows: &mut Vec<Row>, status: &Status, plan: &Plan, depth: usize) {
        let under_way = status.waits_for();
        let place = |service: &&ServiceStatus| plan.position(service.name);
        let mut waiting: Vec<_> =
            status.services.iter().filter(|service| !service.waits_for.is_empty()).collect();
        // In the order of what is going on.
        let rank = |service: &&ServiceStatus| {
            let rank = plan.order().iter().position(|&index| Some(index) == place(service)).unwrap_or(0);
            if status.phase == Phase::Starting { rank } else { plan.order().len() - rank }
        };
        waiting.sort_by_key(rank);
        for service in status.services.iter().filter(|service| is_unclean(service)) {
            rows.push(Row::ended(service, depth));
        }
        for service in under_way {
            let Some(index) = place(&service) else { continue };
            let own = &plan.services()[index];
            rows.push(Row::under_way(service, own.start_within(), depth));
            if let (Some(group), Some(plan)) = (&service.group, own.nested()) {
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

/// One service in the lines.
struct Row {
    name: String,
    is_under_way: bool,
    /// How much of its window is over.
    share: Option<f64>,
    tone: Tone,
    state: String,
    rest: String,
}

impl Row {
    fn under_way(service: &ServiceStatus, start_within: Duration, depth: usize) -> Self {
        let (took, within, forced) = match &service.stop {
            Some(stop) => (stop.elapsed, stop.within, stop.forced),
            None => (service.since, start_within, false),
        };
        let share = took.as_secs_f64() / within.as_secs_f64().max(f64::MIN_POSITIVE);
        let state = match (forced, service.state) {
            (true, _) => "is cut".to_owned(),
            (false, state) => state.to_string(),
        };
        let tone = match (forced, share) {
            (true, _) => Tone::Bad,
            (false, share) if share > 0.5 => Tone::Warning,
            _ => Tone::Good,
        };
        let left = within.saturating_sub(took);
        let mut rest = format!("  {}, {} left", tenths(took), tenths(left));
        if let Some(numbers) = &service.numbers {
            rest += &in_hand(numbers);
        }
        let name = format!("{}{}", "  ".repeat(depth), service.name);
        Self { name, is_under_way: true, share: Some(share), tone, state, rest }
    }

    fn waiting(service: &ServiceStatus, depth: usize) -> Self {
        let rest = format!("for {}", service.waits_for.join(", "));
        let name = format!("{}{}", "  ".repeat(depth), service.name);
        Self { name, is_under_way: false, share: None, tone: Tone::Dim, state: "waits ".to_owned(), rest }
    }

    fn ended(service: &ServiceStatus, depth: usize) -> Self {
        let (tone, state) = match &service.ending {
            Some(ending) => (ending.tone(), ending.to_string()),
            None => (Tone::Bad, "failed".to_owned()),
        };
        let name = format!("{}{}", "  ".repeat(depth), service.name);
        Self { name, is_under_way: true, share: None, tone, state, rest: String::new() }
    }
}

/// Whether it has ended, and not gracefully.
fn is_unclean(service: &ServiceStatus) -> bool {
    service.ending.as_ref().is_some_and(|ending| ending.code() > 0)
}

/// What a server has in its hands.
fn in_hand(numbers: &Numbers) -> String {
    let mut text = match (numbers.requests, numbers.connections) {
        (0, 0) => return String::new(),
        (0, 1) => ", 1 connection".to_owned(),
        (0, count) => format!(", {count} connections"),
        (count, _) => format!(", {count} in flight"),
    };
    if let Some((what, age)) = &numbers.oldest {
        // Writing to a `String` cannot fail.
        let _ = write!(text, ", the oldest {}: {what}", tenths(*age));
    }
    text
}

/// A clock that people watch: tenths of a second up to a minute.
fn tenths(time: Duration) -> String {
    if time < Duration::from_secs(60) {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        Span(time).to_string()
    }
}
