//! The report as SVG: the window that each service had, and what it took of it, on one axis of time.

use std::time::Duration;

use super::timeline::Entry;
use crate::model::{StopOutcome, StopReport};
use crate::text::HumanDuration;
use crate::view::canvas::{Axis, Svg, column, cut, label, text_width};

/// How long the axis is.
const AXIS: f64 = 520.0;
/// The height of a row, of the bar in it, and of a line of details below.
const ROW: f64 = 28.0;
const BAR: f64 = 18.0;
const DETAIL: f64 = 17.0;
/// Where the first row begins.
const TOP: f64 = 96.0;
const MARGIN: f64 = 16.0;
/// How wide the times behind the axis are.
const TIMES: f64 = 136.0;
/// How many characters of a name, and of a line of details, are shown.
const NAME: usize = 28;
const LINE: usize = 110;

impl StopReport {
    /// The report as a picture in SVG: planned beside actual on one axis of time.
    ///
    /// It shows what [`timeline`](Self::timeline) does. The picture is whole in itself: it loads nothing, and has its own
    /// colours for light and dark; each outcome has a word beside its colour.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let entries = self.entries();
        let names = entries.iter().map(|entry| text_width(&cut(&entry.label(), NAME)));
        let left = MARGIN + names.fold(90.0, f64::max) + 14.0;
        let details: usize = entries.iter().map(|entry| details(entry).len()).sum();
        #[expect(clippy::cast_precision_loss, reason = "services are few enough for a picture")]
        let bottom = TOP + entries.len() as f64 * ROW + details as f64 * DETAIL;
        let outcomes = entries.iter().map(|entry| text_width(&entry.outcome()));
        let width = left + AXIS + TIMES + outcomes.fold(120.0, f64::max) + MARGIN;
        let axis = Axis::new(self.axis_end(), AXIS);
        let drawing = Drawing {
            report: self,
            axis,
            left,
            bottom,
            svg: Svg::new(width, bottom + 52.0, &self.headline()),
        };
        drawing.draw(&entries, width)
    }
}

struct Drawing<'a> {
    report: &'a StopReport,
    axis: Axis,
    /// Where the axis begins.
    left: f64,
    bottom: f64,
    svg: Svg,
}

impl Drawing<'_> {
    fn draw(mut self, entries: &[Entry<'_>], width: f64) -> String {
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
        for entry in entries {
            y = self.entry(entry, y);
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

    /// What happened, and who is to blame, cut to what the picture has room for.
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

    /// Draws a service, and gives where the next one begins.
    fn entry(&mut self, entry: &Entry<'_>, top: f64) -> f64 {
        let (service, y) = (entry.service, top + (ROW - BAR) / 2.0);
        self.svg.text("ink", MARGIN, y + 13.0, &cut(&entry.label(), NAME));
        let class = class(&service.outcome);
        let behind = self.left + AXIS + 14.0;
        if service.has_started() {
            let (begin, deadline) = (self.x(entry.asked), self.x(entry.deadline()));
            let ended = self.x(entry.ended()).max(begin + 2.0);
            self.svg.rect("window", [begin, y, (deadline - begin).max(2.0), BAR], 3.0);
            self.svg.rect(class, [begin, y + 4.0, ended - begin, BAR - 8.0], 2.0);
            let times =
                format!("{} of {}", HumanDuration(service.stop_duration), HumanDuration(service.window));
            self.svg.text("dim small", behind, y + 13.0, &times);
        }
        self.svg.text(&format!("{class} strong"), behind + TIMES - 14.0, y + 13.0, service.outcome.word());
        let order = service.order();
        let x = behind + TIMES - 14.0 + text_width(service.outcome.word());
        self.svg.text("dim", x, y + 13.0, &order);
        let mut below = top + ROW;
        for line in details(entry) {
            self.svg.text("ink small halo", self.left + 2.0, below + 9.0, &line);
            below += DETAIL;
        }
        below
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

fn class(ending: &StopOutcome) -> &'static str {
    match ending {
        StopOutcome::Graceful => "good",
        StopOutcome::Forced => "warning",
        StopOutcome::NotStarted => "dim",
        _ => "bad",
    }
}

/// What is told below: why, and what was cut.
fn details(entry: &Entry<'_>) -> Vec<String> {
    let lines = entry.service.outcome.reason().into_iter().chain(entry.service.said());
    lines.map(|line| cut(&line, LINE)).collect()
}
