//! The report as a text chart: the window that each service had, and what it took of it, on one axis of time.

use std::fmt;
use std::time::Duration;

use crate::model::{ServiceReport, StopOutcome, StopReport};
use crate::text::HumanDuration;
use crate::view::canvas::{Axis, Line, Style, Tone, column, text_axis};

/// How many columns the axis has where the width is not given.
const AXIS: usize = 40;
/// How many it has at least, where the width is.
const NARROWEST: usize = 16;
/// How many it has at most.
const WIDEST: usize = 60;
/// How wide the times behind the axis are: `4.29 s of 20.7 s`.
const TIMES: usize = 8 + 4 + 6;
/// How much of the width the outcome takes at most, where the width is given.
const OUTCOME: usize = 36;
/// What is between the columns.
const GAPS: usize = 6;

/// The report as a text chart: [`StopReport::timeline`].
#[derive(Debug, Clone, Copy)]
#[must_use = "a timeline is there to be displayed"]
pub struct Timeline<'a> {
    report: &'a StopReport,
    style: Style,
}

/// A service with the place of its group in time.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) service: &'a ServiceReport,
    /// In how many groups it is nested.
    pub(crate) depth: usize,
    /// When it was asked, in the time of the outermost group.
    pub(crate) asked: Duration,
}

impl Entry<'_> {
    pub(crate) fn label(&self) -> String {
        format!("{}{}", "  ".repeat(self.depth), self.service.name)
    }

    /// How it ended, and whom it waited for.
    pub(crate) fn outcome(&self) -> String {
        format!("{}{}", self.service.outcome.word(), self.service.order())
    }

    pub(crate) fn ended(&self) -> Duration {
        self.asked + self.service.stop_duration
    }

    pub(crate) fn deadline(&self) -> Duration {
        self.asked + self.service.window
    }
}

impl StopReport {
    /// The report as a text chart: planned beside actual on one axis of time.
    ///
    /// Each service has its window, from when it was asked, and in it what its stop took; then how it ended, whom it
    /// waited for, and what it had to cut. The axis ends with the budget; that of a stop which took next to nothing of it
    /// ends a little after the stop, where the windows are cut off.
    ///
    /// ```
    /// # use service_group::{StopReport, Style};
    /// # fn show(report: &StopReport) {
    /// eprintln!("{}", report.timeline(Style::of(&std::io::stderr())));
    /// # }
    /// ```
    pub fn timeline(&self, style: Style) -> Timeline<'_> {
        Timeline { report: self, style }
    }

    /// All services, those of a nested group behind it.
    pub(crate) fn entries(&self) -> Vec<Entry<'_>> {
        let mut entries = Vec::new();
        self.add_entries(&mut entries, 0, Duration::ZERO);
        entries
    }

    fn add_entries<'a>(&'a self, entries: &mut Vec<Entry<'a>>, depth: usize, since: Duration) {
        for service in self.services.iter().filter(|service| service.is_worth_a_line()) {
            let asked = since + service.stop_requested_after;
            entries.push(Entry { service, depth, asked });
            if let Some(group) = service.nested() {
                group.add_entries(entries, depth + 1, asked);
            }
        }
    }

    /// The end of an axis on which there is something to see.
    pub(crate) fn axis_end(&self) -> Duration {
        if self.stop_duration * 10 < self.stop_within {
            self.stop_duration * 5 / 4
        } else {
            self.stop_within.max(self.stop_duration)
        }
    }
}

impl StopOutcome {
    pub(crate) fn tone(&self) -> Tone {
        match self {
            Self::Graceful => Tone::Good,
            Self::Forced => Tone::Warning,
            Self::Aborted | Self::Stuck { .. } | Self::Failed(_) | Self::Panicked(_) => Tone::Bad,
            Self::NotStarted => Tone::Dim,
        }
    }
}

impl fmt::Display for Timeline<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.report.entries();
        let (name, axis) = self.columns(&entries);
        let tone = if self.report.is_clean() { Tone::Strong } else { Tone::Bad };
        write!(f, "{}", Line::new(self.style).push(tone, &self.report.summary()).finish())?;
        if entries.is_empty() {
            return Ok(());
        }
        f.write_str("\n")?;
        for line in text_axis(&axis) {
            let line = Line::new(self.style).push(Tone::Plain, &" ".repeat(name + 4)).push(Tone::Dim, &line);
            write!(f, "\n{}", line.finish())?;
        }
        if !self.report.lame_duck.is_zero() {
            let line = Line::new(self.style).push(Tone::Plain, "  ").left(Tone::Plain, LAME_DUCK, name + 2);
            let bar = "█".repeat(column(axis.at(self.report.lame_duck)).max(1));
            let line = line.left(Tone::Plain, &bar, column(axis.length()) + 2);
            write!(
                f,
                "\n{}",
                line.right(Tone::Plain, &HumanDuration(self.report.lame_duck).to_string(), 8).finish()
            )?;
        }
        entries.iter().try_for_each(|entry| self.entry(f, entry, name, &axis))?;
        let legend = "  █ taken   ░ window";
        write!(f, "\n\n{}", Line::new(self.style).push(Tone::Dim, legend).finish())
    }
}

/// The row of the lame duck.
const LAME_DUCK: &str = "(lame duck)";

impl Timeline<'_> {
    /// The width of the names, and the axis.
    fn columns(&self, entries: &[Entry<'_>]) -> (usize, Axis) {
        let names = entries.iter().map(|entry| entry.label().chars().count());
        let longest =
            names.max().unwrap_or(0).max(if self.report.lame_duck.is_zero() { 0 } else { LAME_DUCK.len() });
        let (name, axis) = match self.style.columns() {
            None => (longest, AXIS),
            Some(width) => {
                let name = longest.min((width / 4).max(8));
                let outcomes = entries.iter().map(|entry| entry.outcome().chars().count());
                let outcome = outcomes.max().unwrap_or(0).min(OUTCOME);
                let axis = width.saturating_sub(name + TIMES + outcome + GAPS + 2);
                (name, axis.clamp(NARROWEST, WIDEST))
            }
        };
        #[expect(clippy::cast_precision_loss, reason = "columns are few")]
        let length = axis as f64;
        (name, Axis::new(self.report.axis_end(), length))
    }

    fn entry(&self, f: &mut fmt::Formatter<'_>, entry: &Entry<'_>, name: usize, axis: &Axis) -> fmt::Result {
        let (service, ending) = (entry.service, &entry.service.outcome);
        let line = Line::new(self.style).push(Tone::Plain, "  ").left(Tone::Plain, &entry.label(), name);
        let line = line.push(Tone::Plain, "  ");
        let line = if service.has_started() {
            let line = bar(line, entry, axis).right(
                Tone::Plain,
                &HumanDuration(service.stop_duration).to_string(),
                8,
            );
            line.left(Tone::Dim, &format!(" of {:<6}", HumanDuration(service.window)), TIMES - 8 + 2)
        } else {
            line.push(Tone::Plain, &" ".repeat(column(axis.length()) + 2 + TIMES + 2))
        };
        let line = line.push(ending.tone(), ending.word());
        let reason = ending.reason();
        let first =
            reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default() + &service.order();
        let rest = std::iter::once(first).chain(service.said()).collect::<Vec<_>>().join(", ");
        let below: Vec<_> = reason.into_iter().chain(service.said()).collect();
        if below.is_empty() || line.has_room(&rest) {
            return write!(f, "\n{}", line.push(Tone::Plain, &rest).finish());
        }
        // What happened is told in full, below, where it is too long for its column.
        let below = Line::new(self.style).push(Tone::Plain, &format!("      {}", below.join(", ")));
        write!(f, "\n{}\n{}", line.push(Tone::Plain, &service.order()).finish(), below.finish())
    }
}

/// The window, and in it what was taken.
fn bar(line: Line, entry: &Entry<'_>, axis: &Axis) -> Line {
    let (at, columns) = (|moment| column(axis.at(moment)), column(axis.length()));
    let begin = at(entry.asked).min(columns - 1);
    let ended = at(entry.ended()).max(begin + 1);
    let deadline = at(entry.deadline()).max(ended);
    line.push(Tone::Plain, &" ".repeat(begin))
        .push(entry.service.outcome.tone(), &"█".repeat(ended - begin))
        .push(Tone::Dim, &"░".repeat(deadline - ended))
        .push(Tone::Plain, &" ".repeat(columns - deadline + 2))
}
