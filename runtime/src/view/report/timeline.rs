//! The report as a text chart: the window of each service and the time that its stop took, on one axis of time.

use std::fmt;

use super::row::Row;
use crate::model::StopReport;
use crate::text::HumanDuration;
use crate::view::canvas::{Axis, Line, Style, Tone, column, text_axis};

/// The columns of the axis if the style has no width.
const AXIS: usize = 40;
/// The columns of the axis at least, if the style has a width.
const NARROWEST: usize = 16;
/// The columns of the axis at most.
const WIDEST: usize = 60;
/// The width of the time that a stop took.
const STOP_DURATION: usize = 8;
/// The width of the times after the axis: `4.29 s of 20.7 s`.
const TIMES: usize = STOP_DURATION + 4 + 6;
/// The width at most that is kept free for the outcome, if the style has a width.
const OUTCOME: usize = 36;
/// The width of the gaps between the columns.
const GAPS: usize = 6;
/// The name of the lame duck's row.
const LAME_DUCK: &str = "(lame duck)";

/// A report as a text chart, returned by [`StopReport::timeline`].
#[derive(Debug, Clone, Copy)]
#[must_use = "a timeline does nothing unless it is displayed"]
pub struct Timeline<'a> {
    report: &'a StopReport,
    style: Style,
}

impl StopReport {
    /// Returns the report as a text chart on one axis of time, in the width and colours of the style.
    ///
    /// Each service has its window, from the moment at which it was asked to stop, and in it the time that the stop took.
    /// Its outcome follows, the service that it waited for, and the requests that it cut. The axis ends with the budget. If
    /// the stop took less than a tenth of that, the axis ends shortly after the stop and cuts the windows off.
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
}

impl fmt::Display for Timeline<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.report.rows();
        let columns = Columns::new(self.style, self.report, &rows);
        let tone = if self.report.is_clean() { Tone::Strong } else { Tone::Bad };
        write!(f, "{}", self.line().push(tone, &self.report.summary()).finish())?;
        if rows.is_empty() {
            return Ok(());
        }
        f.write_str("\n")?;
        for line in text_axis(&columns.axis) {
            let line = self.line().push(Tone::Plain, &" ".repeat(columns.name + 4)).push(Tone::Dim, &line);
            write!(f, "\n{}", line.finish())?;
        }
        if !self.report.lame_duck.is_zero() {
            write!(f, "\n{}", self.lame_duck(&columns))?;
        }
        rows.iter().try_for_each(|row| self.write_row(f, row, &columns))?;
        write!(f, "\n\n{}", self.line().push(Tone::Dim, "  █ taken   ░ window").finish())
    }
}

impl Timeline<'_> {
    fn line(&self) -> Line {
        Line::new(self.style)
    }

    fn lame_duck(&self, columns: &Columns) -> String {
        let lame_duck = self.report.lame_duck;
        let bar = "█".repeat(column(columns.axis.at(lame_duck)).max(1));
        let line = self.line().push(Tone::Plain, "  ").left(Tone::Plain, LAME_DUCK, columns.name + 2);
        let line = line.left(Tone::Plain, &bar, column(columns.axis.length()) + 2);
        line.right(Tone::Plain, &HumanDuration(lame_duck).to_string(), STOP_DURATION).finish()
    }

    /// Writes the columns of a service: name, bar, times, outcome. Its reason and details follow on the same line if they
    /// have room there, else on a line of their own.
    fn write_row(&self, f: &mut fmt::Formatter<'_>, row: &Row<'_>, columns: &Columns) -> fmt::Result {
        let outcome = &row.service.outcome;
        let line = self.line().push(Tone::Plain, "  ").left(Tone::Plain, &row.label(), columns.name);
        let line = bar_and_times(line.push(Tone::Plain, "  "), row, &columns.axis);
        let line = line.push(outcome.tone(), outcome.word());
        let (reason, waited_for) = (outcome.reason(), row.waited_for_text());
        let colon = if reason.is_some() { ": " } else { "" };
        let first = format!("{colon}{}{waited_for}", reason.as_deref().unwrap_or_default());
        let rest = std::iter::once(first).chain(row.details()).collect::<Vec<_>>().join(", ");
        let below: Vec<_> = reason.into_iter().chain(row.details()).collect();
        if below.is_empty() || line.has_room(&rest) {
            return write!(f, "\n{}", line.push(Tone::Plain, &rest).finish());
        }
        // The line below is not cut to the width: it is the only place with the whole reason.
        let below = self.line().push(Tone::Plain, &format!("      {}", below.join(", ")));
        write!(f, "\n{}\n{}", line.push(Tone::Plain, &waited_for).finish(), below.finish())
    }
}

fn bar_and_times(line: Line, row: &Row<'_>, axis: &Axis) -> Line {
    if !row.service.has_started() {
        return line.push(Tone::Plain, &" ".repeat(column(axis.length()) + 2 + TIMES + 2));
    }
    let line = bar(line, row, axis).right(Tone::Plain, &row.stop_duration_text(), STOP_DURATION);
    line.left(Tone::Dim, &format!(" of {:<6}", row.window_text()), TIMES - STOP_DURATION + 2)
}

/// Draws the window, and in it the time that the stop took.
fn bar(line: Line, row: &Row<'_>, axis: &Axis) -> Line {
    let (at, columns) = (|moment| column(axis.at(moment)), column(axis.length()));
    let start = at(row.requested).min(columns - 1);
    let ended = at(row.ended()).max(start + 1);
    let deadline = at(row.deadline()).max(ended);
    line.push(Tone::Plain, &" ".repeat(start))
        .push(row.service.outcome.tone(), &"█".repeat(ended - start))
        .push(Tone::Dim, &"░".repeat(deadline - ended))
        .push(Tone::Plain, &" ".repeat(columns - deadline + 2))
}

/// The columns of a line: the width of the names, and the axis.
struct Columns {
    name: usize,
    axis: Axis,
}

impl Columns {
    fn new(style: Style, report: &StopReport, rows: &[Row<'_>]) -> Self {
        let names = rows.iter().map(|row| row.label().chars().count());
        let lame_duck = if report.lame_duck.is_zero() { 0 } else { LAME_DUCK.len() };
        let longest = names.max().unwrap_or(0).max(lame_duck);
        let (name, axis) = match style.columns() {
            None => (longest, AXIS),
            Some(width) => {
                let name = longest.min((width / 4).max(8));
                let outcomes = rows.iter().map(|row| row.outcome_text().chars().count());
                let outcome = outcomes.max().unwrap_or(0).min(OUTCOME);
                let axis = width.saturating_sub(name + TIMES + outcome + GAPS + 2);
                (name, axis.clamp(NARROWEST, WIDEST))
            }
        };
        #[expect(clippy::cast_precision_loss, reason = "columns are few")]
        let length = axis as f64;
        Self { name, axis: Axis::new(report.axis_end(), length) }
    }
}
