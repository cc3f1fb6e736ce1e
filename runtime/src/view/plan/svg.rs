//! The plan as SVG: the windows of the stop on an axis of time, with an arrow from each service to those that wait for it.

use std::time::Duration;

use super::schedule::{Row, Schedule};
use crate::model::Plan;
use crate::text::HumanDuration;
use crate::view::canvas::{Axis, Svg, coordinate, cut, label, text_width};

/// The length of the axis.
const AXIS: f64 = 720.0;
/// The height of a row, and of the bar in it.
const ROW: f64 = 26.0;
const BAR: f64 = 18.0;
/// The top of the first row.
const TOP: f64 = 84.0;
const MARGIN: f64 = 16.0;
/// The characters of a name that are shown at most.
const LONGEST: usize = 32;
/// The distance before a bar at which an arrow turns.
const TURN: f64 = 10.0;

impl Plan {
    /// Returns the stop as a picture in SVG: the window of each service on an axis of time, up to the budget.
    ///
    /// Each bar starts where it does if all services before it take their whole windows. Arrows come from the services that
    /// it waits for. The slowest path has a colour of its own, and the other bars are followed by their slack. The picture
    /// loads nothing, and has colours for light and dark.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let rows = Schedule::new(self).rows;
        Gantt::new(self, &rows).draw()
    }
}

struct Gantt<'a> {
    plan: &'a Plan,
    rows: &'a [Row],
    axis: Axis,
    /// The left end of the axis.
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
        // The arrows of the slowest path are drawn last, so that they are in front.
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

    /// Returns the top of a row's bar.
    fn y(at: usize) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "services are few enough for a picture")]
        let at = at as f64;
        TOP + at * ROW + (ROW - BAR) / 2.0
    }

    /// Draws the lame duck at the start of the axis, and the time to spare at its end.
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
                // The text is below the axis, where it covers no bar.
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

    /// Draws the arrows from the services that a row waits for to its bar. They are faint except for the one that ends last.
    fn arrows(&mut self, at: usize, slowest: bool) {
        let row = &self.rows[at];
        let (x, y) = (self.x(row.start), Self::y(at) + BAR / 2.0);
        for &after in &row.after {
            let ahead = &self.rows[after];
            let is_slowest = row.is_slowest && ahead.is_slowest;
            if is_slowest != slowest {
                continue;
            }
            let (end, middle) = (self.x(ahead.end()), Self::y(after) + BAR / 2.0);
            let turn = x - TURN;
            let [from, middle, via, to, level] = [end, middle, turn, x, y].map(coordinate);
            let path = if end < turn {
                format!("M{from} {middle}H{via}V{level}H{to}")
            } else {
                format!("M{via} {middle}V{level}H{to}")
            };
            let (line, head) = match (is_slowest, ahead.end() == row.start) {
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
        let (start, end) = (self.x(row.start), self.x(row.end()).max(self.x(row.start) + 2.0));
        let (latest, y) = (self.x(row.end() + row.slack), Self::y(at));
        let name = if row.is_slowest { "ink strong" } else { "ink" };
        self.svg.text(name, MARGIN, y + 13.0, &cut(&row.label(), LONGEST));
        if latest > end {
            self.svg.rect("slack", [end, y + 5.0, latest - end, BAR - 10.0], 2.0);
        }
        let class = if row.is_slowest { "slow" } else { "window" };
        self.svg.rect(class, [start, y, end - start, BAR], 3.0);
        let window = HumanDuration(row.window).to_string();
        if text_width(&window) + 8.0 <= end - start {
            self.svg.text("ink small middle", f64::midpoint(start, end), y + 13.0, &window);
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
