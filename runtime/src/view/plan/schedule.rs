//! The latest possible stop of a plan on an axis of time: every service takes its whole guaranteed window.

use std::time::Duration;

use crate::model::plan::slowest_path::{self, END};
use crate::model::{Graph, Plan};

/// The rows of a picture of the plan in the order of the stop. The rows of a nested group follow that of its service.
#[derive(Debug)]
pub(crate) struct Schedule {
    pub(crate) rows: Vec<Row>,
}

/// One service on the axis of time.
#[derive(Debug)]
pub(crate) struct Row {
    /// The index of the service in its own plan.
    pub(crate) index: usize,
    pub(crate) name: &'static str,
    /// The number of groups in which the service is nested.
    pub(crate) depth: usize,
    /// The time at which the service is asked to stop.
    pub(crate) start: Duration,
    pub(crate) window: Duration,
    /// The time by which the service could end later without making the slowest path longer.
    pub(crate) slack: Duration,
    pub(crate) is_slowest: bool,
    /// The rows that this one waits for directly, in falling order of their ends.
    pub(crate) after: Vec<usize>,
}

impl Row {
    pub(crate) fn end(&self) -> Duration {
        self.start + self.window
    }

    /// Returns the name, indented by the depth.
    pub(crate) fn label(&self) -> String {
        format!("{}{}", "  ".repeat(self.depth), self.name)
    }
}

impl Schedule {
    pub(crate) fn new(plan: &Plan) -> Self {
        let mut rows = Vec::new();
        add_rows(&mut rows, plan, plan.lame_duck(), 0, true);
        Self { rows }
    }

    /// Returns the services of the slowest stop path in the order of the stop.
    pub(crate) fn slowest(&self) -> Vec<usize> {
        let slowest = self.rows.iter().filter(|row| row.depth == 0 && row.is_slowest);
        slowest.map(|row| row.index).collect()
    }
}

/// Adds the rows of a plan whose stop begins at `start`.
fn add_rows(rows: &mut Vec<Row>, plan: &Plan, start: Duration, depth: usize, is_slowest: bool) {
    let count = plan.services().len();
    let (mut length, mut next) = (vec![0; count], vec![0; count]);
    let needed =
        Duration::from_nanos(slowest_path::slowest(plan.services(), plan.order(), &mut length, &mut next));
    let slowest = if is_slowest { slowest(&length, &next) } else { Vec::new() };
    let graph = Graph::new(plan);
    let starts = starts(plan, &graph, start);
    let mut order: Vec<_> = plan.order().iter().rev().copied().collect();
    order.sort_by_key(|&index| starts[index]);
    let direct = graph.direct(plan);
    let mut row_of = vec![0; count];
    for index in order {
        let slack = (start + needed).saturating_sub(starts[index] + Duration::from_nanos(length[index]));
        row_of[index] = rows.len();
        let is_slowest = slowest.contains(&index);
        let mut after: Vec<_> = direct[index].iter().map(|&ahead| row_of[ahead]).collect();
        after.sort_by_key(|&row| std::cmp::Reverse(rows[row].end()));
        rows.push(Row {
            index,
            name: plan.services()[index].name(),
            depth,
            start: starts[index],
            window: window(plan, index),
            slack,
            is_slowest,
            after,
        });
        if let Some(nested) = plan.services()[index].nested() {
            add_rows(rows, nested, starts[index], depth + 1, is_slowest);
        }
    }
}

/// Returns for each service the time at which all services ahead of it have ended.
fn starts(plan: &Plan, graph: &Graph, start: Duration) -> Vec<Duration> {
    let mut starts = vec![start; plan.services().len()];
    for &index in plan.order().iter().rev() {
        let ends = graph.predecessors(index).iter().map(|&(ahead, _)| starts[ahead] + window(plan, ahead));
        starts[index] = ends.max().unwrap_or(start);
    }
    starts
}

fn window(plan: &Plan, index: usize) -> Duration {
    plan.services()[index].window().guaranteed()
}

/// Returns the services of the slowest stop path in the order of the stop. Of paths of one length it is the last.
fn slowest(length: &[u64], next: &[usize]) -> Vec<usize> {
    let first = (0..length.len()).max_by_key(|&index| length[index]);
    std::iter::successors(first, |&index| Some(next[index]).filter(|&next| next != END)).collect()
}
