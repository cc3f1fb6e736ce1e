//! The plan as a text chart: the services in the order of the stop, with their guaranteed windows on one axis of time.

use std::fmt;
use std::ops::Range;
use std::time::Duration;

use super::schedule::{Row, Schedule};
use crate::model::Plan;
use crate::text::HumanDuration;
use crate::view::canvas::{Axis, Line, Style, Tone, column, text_axis};

/// The columns of the axis if the style has no width.
const AXIS: usize = 40;
/// The columns of the axis at least, if the style has a width.
const NARROWEST: usize = 16;
/// The columns of the axis at most.
const WIDEST: usize = 72;
/// The width of the column of windows.
const WINDOW: usize = 6;
/// The width at most that is kept free for the names after `after`, if the style has a width.
const AFTER_WIDTH: usize = 24;
/// The width of the gaps between the columns before the names.
const GAPS: usize = 7;

/// The text before the services that a service waits for.
const AFTER: &str = "  after ";
/// The name of the lame duck's row.
const LAME_DUCK: &str = "(lame duck)";

/// A plan as a text chart, returned by [`Plan::chart`].
#[derive(Debug, Clone, Copy)]
#[must_use = "a chart does nothing unless it is displayed"]
pub struct Chart<'a> {
    plan: &'a Plan,
    style: Style,
}

impl Plan {
    /// Returns the plan as a text chart, in the width and colours of the style.
    ///
    /// The services are in the order of the stop. Each window starts where it does if all services before it take their
    /// whole windows. A star marks the slowest path. Dots are slack: the time by which a service could end later without
    /// making that path longer. The axis ends with the budget, and the space after the last bar is the time to spare.
    ///
    /// ```
    /// # use service_group::{Plan, Style};
    /// # fn show(plan: &Plan) {
    /// println!("{}", plan.chart(Style::of(&std::io::stdout())));
    /// # }
    /// ```
    pub fn chart(&self, style: Style) -> Chart<'_> {
        Chart { plan: self, style }
    }
}

/// The chart as plain text without a limit of its width. [`Plan::chart`] has styles.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chart(Style::plain()).fmt(f)
    }
}

impl fmt::Display for Chart<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = Schedule::new(self.plan).rows;
        let columns = Columns::new(self.style, self.plan, &rows);
        f.write_str(&Line::new(self.style).push(Tone::Strong, &self.plan.summary()).finish())?;
        f.write_str("\n")?;
        for line in text_axis(&columns.axis) {
            let line =
                Line::new(self.style).push(Tone::Plain, &" ".repeat(columns.name + 5)).push(Tone::Dim, &line);
            write!(f, "\n{}", line.finish())?;
        }
        if !self.plan.lame_duck().is_zero() {
            write!(f, "\n{}", self.lame_duck(&columns))?;
        }
        for row in &rows {
            write!(f, "\n{}", self.row(row, &rows, &columns))?;
        }
        let legend = "   * slowest path   ▒ window   · slack";
        write!(f, "\n\n{}", Line::new(self.style).rest(Tone::Dim, legend).finish())
    }
}

impl Chart<'_> {
    fn row(&self, row: &Row, rows: &[Row], columns: &Columns) -> String {
        let tone = if row.is_slowest { Tone::Warning } else { Tone::Plain };
        let line = self.bar(row.is_slowest, &row.label(), row.start..row.end(), row.slack, columns);
        let line = line.right(tone, &HumanDuration(row.window).to_string(), WINDOW);
        let names: Vec<_> = row.after.iter().map(|&row| rows[row].name).collect();
        if names.is_empty() { line.finish() } else { line.list(AFTER, &names).finish() }
    }

    fn lame_duck(&self, columns: &Columns) -> String {
        let lame_duck = self.plan.lame_duck();
        let line = self.bar(true, LAME_DUCK, Duration::ZERO..lame_duck, Duration::ZERO, columns);
        line.right(Tone::Warning, &HumanDuration(lame_duck).to_string(), WINDOW).finish()
    }

    /// Returns the line of a row up to the end of the axis.
    fn bar(
        &self,
        is_slowest: bool,
        name: &str,
        window: Range<Duration>,
        slack: Duration,
        columns: &Columns,
    ) -> Line {
        let at = |moment| column(columns.axis.at(moment));
        // Even the shortest window has one column, so that it can be seen.
        let start = at(window.start).min(at(columns.axis.end()) - 1);
        let end = at(window.end).max(start + 1);
        let latest = at(window.end + slack).max(end);
        let (mark, tone) = if is_slowest { ("*", Tone::Warning) } else { (" ", Tone::Plain) };
        let line = Line::new(self.style).push(tone, &format!(" {mark} ")).left(tone, name, columns.name);
        let line = line.push(Tone::Plain, &" ".repeat(2 + start)).push(tone, &"▒".repeat(end - start));
        let rest = at(columns.axis.end()) - latest;
        line.push(Tone::Dim, &"·".repeat(latest - end)).push(Tone::Plain, &" ".repeat(rest + 2))
    }
}

/// Returns all services that a row waits for, as they are written if there is room.
fn after(row: &Row, rows: &[Row]) -> String {
    let names: Vec<_> = row.after.iter().map(|&row| rows[row].name).collect();
    if names.is_empty() { String::new() } else { format!("{AFTER}{}", names.join(", ")) }
}

/// The columns of a line: the width of the names, and the axis.
struct Columns {
    name: usize,
    axis: Axis,
}

impl Columns {
    fn new(style: Style, plan: &Plan, rows: &[Row]) -> Self {
        let lame_duck = if plan.lame_duck().is_zero() { 0 } else { LAME_DUCK.len() };
        let longest = rows.iter().map(|row| row.label().chars().count()).max().unwrap_or(0).max(lame_duck);
        let (name, axis) = match style.columns() {
            None => (longest, AXIS),
            Some(width) => {
                let name = longest.min((width / 3).max(8));
                let after = rows
                    .iter()
                    .map(|row| after(row, rows).chars().count())
                    .max()
                    .unwrap_or(0)
                    .min(AFTER_WIDTH);
                let axis = width.saturating_sub(name + GAPS + WINDOW + after);
                (name, axis.clamp(NARROWEST, WIDEST))
            }
        };
        #[expect(clippy::cast_precision_loss, reason = "columns are few")]
        let length = axis as f64;
        Self { name, axis: Axis::new(plan.stop_within().max(plan.slowest_stop() + plan.lame_duck()), length) }
    }
}
