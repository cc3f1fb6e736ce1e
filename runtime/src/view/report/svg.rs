//! The report as SVG: the window of each service and the time that its stop took, on one axis of time.

use std::time::Duration;

use super::row::Row;
use crate::model::{StopOutcome, StopReport};
use crate::text::HumanDuration;
use crate::view::canvas::{Axis, Svg, Tone, column, cut, label, text_width};

/// The length of the axis.
const AXIS: f64 = 520.0;
/// The height of a row.
const ROW: f64 = 28.0;
/// The height of the bar in a row.
const BAR: f64 = 18.0;
/// The height of a line of details below a row.
const DETAIL: f64 = 17.0;
/// The top of the first row.
const TOP: f64 = 96.0;
const MARGIN: f64 = 16.0;
/// The width of the times after the axis.
const TIMES: f64 = 136.0;
/// The characters of a name that are shown at most.
const NAME: usize = 28;
/// The characters of a line of details that are shown at most.
const LINE: usize = 110;

impl StopReport {
    /// Returns the report as a picture in SVG, with the contents of [`timeline`](Self::timeline).
    ///
    /// The picture loads nothing, and has colours for light and dark. Each outcome has a word beside its colour.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let rows = self.rows();
        let names = rows.iter().map(|row| text_width(&cut(&row.label(), NAME)));
        let left = MARGIN + names.fold(90.0, f64::max) + 14.0;
        let details: usize = rows.iter().map(|row| details(row).len()).sum();
        #[expect(clippy::cast_precision_loss, reason = "services are few enough for a picture")]
        let bottom = TOP + rows.len() as f64 * ROW + details as f64 * DETAIL;
        let outcomes = rows.iter().map(|row| text_width(&row.outcome_text()));
        let width = left + AXIS + TIMES + outcomes.fold(120.0, f64::max) + MARGIN;
        let axis = Axis::new(self.axis_end(), AXIS);
        let drawing = Drawing {
            report: self,
            axis,
            left,
            bottom,
            svg: Svg::new(width, bottom + 52.0, &self.headline()),
        };
        drawing.draw(&rows, width)
    }
}

struct Drawing<'a> {
    report: &'a StopReport,
    axis: Axis,
    /// The left end of the axis.
    left: f64,
    bottom: f64,
    svg: Svg,
}

impl Drawing<'_> {
    fn draw(mut self, rows: &[Row<'_>], width: f64) -> String {
        self.heading(width);
        for tick in self.axis.ticks(64.0) {
            let x = self.x(tick);
            self.svg.line("grid", [x, TOP - 6.0, x, self.bottom + 4.0]);
            self.svg.text("dim small middle", x, TOP - 14.0, &label(tick));
        }
        if !self.report.lame_duck.is_zero() {
            let width = self.x(self.report.lame_duck) - self.left;
            self.svg.rect("band", [self.left, TOP - 6.0, width, self.bottom - TOP + 10.0], 0.0);
            let text = format!("lame duck {}", HumanDuration(self.report.lame_duck));
            self.svg.text("dim small", self.left + 2.0, self.bottom + 16.0, &text);
        }
        let mut y = TOP;
        for row in rows {
            y = self.row(row, y);
        }
        if self.axis.end() >= self.report.stop_within {
            let x = self.x(self.report.stop_within);
            self.svg.line("budget", [x, TOP - 8.0, x, self.bottom + 4.0]);
            let text = format!("budget {}", HumanDuration(self.report.stop_within));
            self.svg.text("over small end", x, self.bottom + 18.0, &text);
        }
        self.legend();
        self.svg.finish()
    }

    /// Draws the headline and the verdict, cut to the width of the picture.
    fn heading(&mut self, width: f64) {
        let fits = |text: &str, wide: f64| {
            let columns = (width - 2.0 * MARGIN) / text_width("0") / wide;
            cut(text, column(columns.floor()))
        };
        self.svg.text("ink title", MARGIN, 28.0, &fits(&self.report.headline(), 1.17));
        let class = if self.report.is_clean() { "good strong" } else { "bad strong" };
        self.svg.text(class, MARGIN, 48.0, &fits(&self.report.verdict(), 1.0));
    }

    fn x(&self, moment: Duration) -> f64 {
        self.left + self.axis.at(moment)
    }

    /// Draws a service, and returns the top of the next one.
    fn row(&mut self, row: &Row<'_>, top: f64) -> f64 {
        let (outcome, y) = (&row.service.outcome, top + (ROW - BAR) / 2.0);
        self.svg.text("ink", MARGIN, y + 13.0, &cut(&row.label(), NAME));
        if row.service.has_started() {
            self.bar_and_times(row, y);
        }
        let x = self.left + AXIS + TIMES;
        self.svg.text(&format!("{} strong", class(outcome)), x, y + 13.0, outcome.word());
        self.svg.text("dim", x + text_width(outcome.word()), y + 13.0, &row.waited_for_text());
        let mut below = top + ROW;
        for line in details(row) {
            self.svg.text("ink small halo", self.left + 2.0, below + 9.0, &line);
            below += DETAIL;
        }
        below
    }

    fn bar_and_times(&mut self, row: &Row<'_>, y: f64) {
        let (start, deadline) = (self.x(row.requested), self.x(row.deadline()));
        let ended = self.x(row.ended()).max(start + 2.0);
        self.svg.rect("window", [start, y, (deadline - start).max(2.0), BAR], 3.0);
        self.svg.rect(class(&row.service.outcome), [start, y + 4.0, ended - start, BAR - 8.0], 2.0);
        let times = format!("{} of {}", row.stop_duration_text(), row.window_text());
        self.svg.text("dim small", self.left + AXIS + 14.0, y + 13.0, &times);
    }

    fn legend(&mut self) {
        let y = self.bottom + 40.0;
        let mut x = MARGIN;
        for (class, text) in [("window", "window"), ("good", "taken")] {
            self.svg.rect(class, [x, y - 8.0, 18.0, 8.0], 2.0);
            self.svg.text("dim small", x + 24.0, y, text);
            x += 24.0 + text_width(text) + 20.0;
        }
    }
}

/// Returns the class of an outcome's colour.
fn class(outcome: &StopOutcome) -> &'static str {
    match outcome.tone() {
        Tone::Good => "good",
        Tone::Warning => "warning",
        Tone::Bad => "bad",
        Tone::Dim => "dim",
        Tone::Plain | Tone::Strong => "ink",
    }
}

/// Returns the lines below the bar of a service: the reason of its outcome, and its details.
fn details(row: &Row<'_>) -> Vec<String> {
    let lines = row.service.outcome.reason().into_iter().chain(row.details());
    lines.map(|line| cut(&line, LINE)).collect()
}
