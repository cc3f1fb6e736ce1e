//! The plan as SVG: the stop on an axis of time, with an arrow to each service from those that it waits for.

use std::time::Duration;

use super::schedule::{Row, Schedule};
use crate::model::Plan;
use crate::text::HumanDuration;
use crate::view::canvas::{Axis, Svg, cut, label, n, text_width};

/// How long the axis is.
const AXIS: f64 = 720.0;
/// The height of a row, and of the bar in it.
const ROW: f64 = 26.0;
const BAR: f64 = 18.0;
/// Where the first row begins.
const TOP: f64 = 84.0;
const MARGIN: f64 = 16.0;
/// How many characters of a name are shown.
const LONGEST: usize = 32;
/// How far in front of a bar an arrow turns.
const TURN: f64 = 10.0;

impl Plan {
    /// The stop as a picture in SVG: each service's window on an axis of time, up to the budget.
    ///
    /// A bar is where a window is if all before it take their whole windows, with an arrow from those that the service
    /// waits for. The slowest path has a colour of its own, and behind the other bars is their slack. The picture is
    /// whole in itself: it loads nothing, and has its own colours for light and dark.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let rows = Schedule::of(self).rows;
        Gantt::new(self, &rows).draw()
    }
}

struct Gantt<'a> {
    plan: &'a Plan,
    rows: &'a [Row],
    axis: Axis,
    /// Where the axis begins.
    left: f64,
    bottom: f64,
    svg: Svg,
}

impl<'a> Gantt<'a> {
    fn new(plan: &'a Plan, rows: &'a [Row]) -> Self {
        let names = rows.iter().map(|row| text_width(&cut(&row.label(), LONGEST)));
        let left = MARGIN + names.fold(60.0, f64::max) + 14.0;
        #[expect(clippy::cast_precision_loss, reason = "services are few enough for a picture")]
        let bottom = TOP + rows.len() as f64 * ROW;
        let axis = Axis::new(plan.stop_within().max(plan.slowest_stop() + plan.lame_duck()), AXIS);
        let summary = plan.summary();
        let width = (left + AXIS + 48.0).max(text_width(&summary) * 1.17 + 2.0 * MARGIN);
        Self { plan, rows, axis, left, bottom, svg: Svg::new(width, bottom + 44.0, &summary) }
    }

    fn draw(mut self) -> String {
        self.svg.text("ink title", MARGIN, 28.0, &self.plan.summary());
        self.bands();
        self.ticks();
        // Those of the slowest path last, so that they are in front.
        for is_slowest in [false, true] {
            (0..self.rows.len()).for_each(|at| self.arrows(at, is_slowest));
        }
        for at in 0..self.rows.len() {
            self.row(at);
        }
        self.budget();
        self.legend();
        self.svg.finish()
    }

    fn x(&self, moment: Duration) -> f64 {
        self.left + self.axis.at(moment)
    }

    /// The top of a row's bar.
    fn y(at: usize) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "services are few enough for a picture")]
        let at = at as f64;
        TOP + at * ROW + (ROW - BAR) / 2.0
    }

    /// The lame duck at the begin, and what is to spare at the end.
    fn bands(&mut self) {
        let (lame_duck, needed) = (self.plan.lame_duck(), self.plan.lame_duck() + self.plan.slowest_stop());
        for (from, to, text) in
            [(Duration::ZERO, lame_duck, "lame duck"), (needed, self.plan.stop_within(), "to spare")]
        {
            let width = self.x(to) - self.x(from);
            if from < to {
                let area = [self.x(from), TOP - 6.0, width, self.bottom - TOP + 12.0];
                self.svg.rect("band", area, 0.0);
                let text = format!("{} {text}", HumanDuration(to.saturating_sub(from)));
                // Under the axis, where no bar is in the way.
                let x = self.x(from) + width / 2.0;
                let x =
                    x.clamp(self.left + text_width(&text) / 2.0, self.left + AXIS - text_width(&text) / 2.0);
                self.svg.text("dim small middle", x, TOP - 12.0, &text);
            }
        }
    }

    fn ticks(&mut self) {
        for tick in self.axis.ticks(64.0) {
            let x = self.x(tick);
            self.svg.line("grid", [x, TOP - 6.0, x, self.bottom + 6.0]);
            self.svg.text("dim small middle", x, 58.0, &label(tick));
        }
    }

    /// From each service that this row waits for to its bar: faint where it does not wait for that one longest. Drawn
    /// before the bars, so that those are in front.
    fn arrows(&mut self, at: usize, slowest: bool) {
        let row = &self.rows[at];
        let (x, y) = (self.x(row.begin), Self::y(at) + BAR / 2.0);
        for &after in &row.after {
            let ahead = &self.rows[after];
            let is_slowest = row.is_slowest && ahead.is_slowest;
            if is_slowest != slowest {
                continue;
            }
            let (end, middle) = (self.x(ahead.end()), Self::y(after) + BAR / 2.0);
            let turn = x - TURN;
            let path = if end < turn {
                format!("M{} {}H{}V{}H{}", n(end), n(middle), n(turn), n(y), n(x))
            } else {
                format!("M{} {}V{}H{}", n(turn), n(middle), n(y), n(x))
            };
            let (line, head) = match (is_slowest, ahead.end() == row.begin) {
                (true, _) => ("slowedge", "slowhead"),
                (false, true) => ("edge", "head"),
                (false, false) => ("edge faint", "head faint"),
            };
            self.svg.path(line, &path);
            self.svg.head(head, x, y);
        }
    }

    fn row(&mut self, at: usize) {
        let row = &self.rows[at];
        let (begin, end) = (self.x(row.begin), self.x(row.end()).max(self.x(row.begin) + 2.0));
        let (latest, y) = (self.x(row.end() + row.slack), Self::y(at));
        let name = if row.is_slowest { "ink strong" } else { "ink" };
        self.svg.text(name, MARGIN, y + 13.0, &cut(&row.label(), LONGEST));
        if latest > end {
            self.svg.rect("slack", [end, y + 5.0, latest - end, BAR - 10.0], 2.0);
        }
        let class = if row.is_slowest { "slow" } else { "window" };
        self.svg.rect(class, [begin, y, end - begin, BAR], 3.0);
        let window = HumanDuration(row.window).to_string();
        if text_width(&window) + 8.0 <= end - begin {
            self.svg.text("ink small middle", f64::midpoint(begin, end), y + 13.0, &window);
        } else {
            self.svg.text("ink small halo", end + 5.0, y + 13.0, &window);
        }
    }

    fn budget(&mut self) {
        let x = self.x(self.plan.stop_within());
        self.svg.line("budget", [x, TOP - 14.0, x, self.bottom + 6.0]);
        self.svg.text(
            "over small end",
            x,
            self.bottom + 22.0,
            &format!("budget {}", HumanDuration(self.plan.stop_within())),
        );
    }

    fn legend(&mut self) {
        let y = self.bottom + 28.0;
        let mut x = MARGIN;
        for (class, text) in [("slow", "slowest path"), ("window", "window"), ("slack", "slack")] {
            self.svg.rect(class, [x, y - 8.0, 18.0, 8.0], 2.0);
            self.svg.text("dim small", x + 24.0, y, text);
            x += 24.0 + text_width(text) + 20.0;
        }
    }
}
