//! The plan as text: the order in which the services stop, each with its guaranteed window on one time axis.

use std::fmt;
use std::time::Duration;

use super::Plan;
use super::path::{self, END};
use crate::graph::Graph;
use crate::report::Span;

/// How many columns the budget is wide.
const COLUMNS: u32 = 40;

/// One row of the chart.
struct Row {
    name: &'static str,
    begin: Duration,
    window: Duration,
    slowest: bool,
    after: Vec<&'static str>,
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let needed = self.needs + self.lame_duck;
        write!(f, "`{}` stops within {}: ", self.name, Span(self.stop_within))?;
        if !self.lame_duck.is_zero() {
            write!(f, "lame duck {}, ", Span(self.lame_duck))?;
        }
        write!(f, "slowest path {}, ", Span(self.needs))?;
        match self.stop_within.checked_sub(needed) {
            Some(spare) => write!(f, "{} to spare", Span(spare))?,
            None => write!(f, "{} too much", Span(needed.saturating_sub(self.stop_within)))?,
        }
        let rows = self.rows();
        let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
        f.write_str("\n")?;
        rows.iter().try_for_each(|row| self.row(f, row, width))
    }
}

impl Plan {
    /// The rows in stop order: when each service is asked if all before it take their whole windows.
    fn rows(&self) -> Vec<Row> {
        let graph = Graph::of(self);
        let slowest = self.slowest();
        let mut ends = vec![Duration::ZERO; self.services.len()];
        let mut rows = Vec::with_capacity(self.services.len() + 1);
        if !self.lame_duck.is_zero() {
            let (name, begin, after) = ("(lame duck)", Duration::ZERO, Vec::new());
            rows.push(Row { name, begin, window: self.lame_duck, slowest: true, after });
        }
        for &index in self.order.iter().rev() {
            let ahead = || graph.ahead(index).iter().map(|(ahead, _)| *ahead);
            let begin = ahead().map(|ahead| ends[ahead]).max().unwrap_or(self.lame_duck);
            let (name, window) = (self.services[index].name, self.services[index].window.guaranteed());
            ends[index] = begin + window;
            let after = ahead().map(|ahead| self.services[ahead].name).collect();
            rows.push(Row { name, begin, window, slowest: slowest.contains(&index), after });
        }
        rows.sort_by_key(|row| row.begin);
        rows
    }

    /// The services of the slowest stop path, in the order of the stop.
    fn slowest(&self) -> Vec<usize> {
        let (mut length, mut next) = (vec![0; self.services.len()], vec![0; self.services.len()]);
        path::slowest(self.services, self.order, &mut length, &mut next);
        let first = (0..length.len()).max_by_key(|&index| length[index]);
        std::iter::successors(first, |&index| Some(next[index]).filter(|&next| next != END)).collect()
    }

    fn row(&self, f: &mut fmt::Formatter<'_>, row: &Row, width: usize) -> fmt::Result {
        let column = |at: Duration| {
            let share = at.as_secs_f64() / self.stop_within.as_secs_f64().max(f64::MIN_POSITIVE);
            (share.min(1.0) * f64::from(COLUMNS)).round()
        };
        let bar: String = (0..COLUMNS)
            .map(f64::from)
            .map(|at| {
                let covered = column(row.begin) <= at
                    && at < column(row.begin + row.window).max(column(row.begin) + 1.0);
                if covered { '▒' } else { ' ' }
            })
            .collect();
        let mark = if row.slowest { '*' } else { ' ' };
        write!(f, "\n {mark} {:width$}  {bar}  {:>6}", row.name, Span(row.window))?;
        match row.after.as_slice() {
            [] => Ok(()),
            after => write!(f, "  after {}", after.join(", ")),
        }
    }
}
