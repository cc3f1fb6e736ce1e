//! The plan as text: the order in which the services stop, each with its guaranteed window on one axis of time.

use std::fmt;
use std::ops::Range;
use std::time::Duration;

use super::schedule::{Row, Schedule};
use crate::model::Plan;
use crate::text::HumanDuration;
use crate::view::canvas::{Axis, Line, Style, Tone, column, text_axis};

/// How many columns the axis has where the width is not given.
const AXIS: usize = 40;
/// How many it has at least, where the width is.
const NARROWEST: usize = 16;
/// How many it has at most.
const WIDEST: usize = 72;
/// How wide the column of the windows is.
const WINDOW: usize = 6;
/// How much of the width whom a service waits for takes at most, where the width is given.
const AFTER: usize = 24;
/// What is between the columns up to there.
const GAPS: usize = 7;

/// What stands before those that a service waits for.
const BEHIND: &str = "  after ";
/// The row of the lame duck.
const LAME_DUCK: &str = "(lame duck)";

/// The plan as a text chart: [`Plan::chart`].
#[derive(Debug, Clone, Copy)]
#[must_use = "a chart is there to be displayed"]
pub struct Chart<'a> {
    plan: &'a Plan,
    style: Style,
}

impl Plan {
    /// The plan as a text chart, as wide and as colourful as the style says.
    ///
    /// The services stand in the order of the stop, each with its window where it is if all before it take their whole
    /// windows. A star marks the slowest path; dots are slack, the time by which a service could end later without
    /// making that path longer. What is behind the last bar is the time to spare, up to the budget at the end of the axis.
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

    /// What the plan says in one sentence.
    pub(crate) fn summary(&self) -> String {
        let needed = self.slowest_stop() + self.lame_duck();
        let lame_duck = if self.lame_duck().is_zero() {
            String::new()
        } else {
            format!("lame duck {}, ", HumanDuration(self.lame_duck()))
        };
        let rest = match self.stop_within().checked_sub(needed) {
            Some(Duration::ZERO) => "nothing to spare".to_owned(),
            Some(spare) => format!("{} to spare", HumanDuration(spare)),
            None => format!("{} too much", HumanDuration(needed.saturating_sub(self.stop_within()))),
        };
        let (within, needs) = (HumanDuration(self.stop_within()), HumanDuration(self.slowest_stop()));
        format!("`{}` stops within {within}: {lame_duck}slowest path {needs}, {rest}", self.name())
    }
}

/// Plain text of the width that it needs: [`Plan::chart`] has colour and widths.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chart(Style::plain()).fmt(f)
    }
}

impl fmt::Display for Chart<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = Schedule::of(self.plan).rows;
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
        let line = self.bar(row.is_slowest, &row.label(), row.begin..row.end(), row.slack, columns);
        let line = line.right(tone, &HumanDuration(row.window).to_string(), WINDOW);
        let names: Vec<_> = row.after.iter().map(|&row| rows[row].name).collect();
        if names.is_empty() { line.finish() } else { line.list(BEHIND, &names).finish() }
    }

    fn lame_duck(&self, columns: &Columns) -> String {
        let lame_duck = self.plan.lame_duck();
        let line = self.bar(true, LAME_DUCK, Duration::ZERO..lame_duck, Duration::ZERO, columns);
        line.right(Tone::Warning, &HumanDuration(lame_duck).to_string(), WINDOW).finish()
    }

    /// The line up to the end of the axis.
    fn bar(
        &self,
        is_slowest: bool,
        name: &str,
        window: Range<Duration>,
        slack: Duration,
        columns: &Columns,
    ) -> Line {
        let at = |moment| column(columns.axis.at(moment));
        // What takes next to no time is seen all the same.
        let begin = at(window.start).min(at(columns.axis.end()) - 1);
        let end = at(window.end).max(begin + 1);
        let latest = at(window.end + slack).max(end);
        let (mark, tone) = if is_slowest { ("*", Tone::Warning) } else { (" ", Tone::Plain) };
        let line = Line::new(self.style).push(tone, &format!(" {mark} ")).left(tone, name, columns.name);
        let line = line.push(Tone::Plain, &" ".repeat(2 + begin)).push(tone, &"▒".repeat(end - begin));
        let rest = at(columns.axis.end()) - latest;
        line.push(Tone::Dim, &"·".repeat(latest - end)).push(Tone::Plain, &" ".repeat(rest + 2))
    }
}

/// Whom a row waits for, in full.
fn after(row: &Row, rows: &[Row]) -> String {
    let names: Vec<_> = row.after.iter().map(|&row| rows[row].name).collect();
    if names.is_empty() { String::new() } else { format!("{BEHIND}{}", names.join(", ")) }
}

/// What is where in a line.
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
                let after =
                    rows.iter().map(|row| after(row, rows).chars().count()).max().unwrap_or(0).min(AFTER);
                let axis = width.saturating_sub(name + GAPS + WINDOW + after);
                (name, axis.clamp(NARROWEST, WIDEST))
            }
        };
        #[expect(clippy::cast_precision_loss, reason = "columns are few")]
        let length = axis as f64;
        Self { name, axis: Axis::new(plan.stop_within().max(plan.slowest_stop() + plan.lame_duck()), length) }
    }
}
