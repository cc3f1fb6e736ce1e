//! When each service is asked, and when it has ended at the latest, if all before it take their whole windows.

use std::time::Duration;

use crate::model::plan::slowest_path::{self, END};
use crate::model::{Graph, Plan};

/// The rows of a picture of the plan, in stop order; those of a nested group follow it.
#[derive(Debug)]
pub(crate) struct Schedule {
    pub(crate) rows: Vec<Row>,
}

/// One service on the axis of time.
#[derive(Debug)]
pub(crate) struct Row {
    /// Its index in its own plan.
    pub(crate) index: usize,
    pub(crate) name: &'static str,
    /// In how many groups it is nested.
    pub(crate) depth: usize,
    pub(crate) begin: Duration,
    pub(crate) window: Duration,
    /// How much later it could end without making the slowest path longer.
    pub(crate) slack: Duration,
    pub(crate) is_slowest: bool,
    /// The rows that it waits for, the one that ends last before the others, but not those that are waited for on the way to another of them.
    pub(crate) after: Vec<usize>,
}

impl Row {
    pub(crate) fn end(&self) -> Duration {
        self.begin + self.window
    }

    /// The name, indented where it is nested.
    pub(crate) fn label(&self) -> String {
        format!("{}{}", "  ".repeat(self.depth), self.name)
    }
}

impl Schedule {
    pub(crate) fn of(plan: &Plan) -> Self {
        let mut rows = Vec::new();
        add(&mut rows, plan, plan.lame_duck(), 0, true);
        Self { rows }
    }

    /// The services of the slowest stop path, in the order of the stop.
    pub(crate) fn slowest(&self) -> Vec<usize> {
        let slowest = self.rows.iter().filter(|row| row.depth == 0 && row.is_slowest);
        slowest.map(|row| row.index).collect()
    }
}

/// Adds the rows of a plan whose services are asked from `begin` on.
fn add(rows: &mut Vec<Row>, plan: &Plan, begin: Duration, depth: usize, is_slowest: bool) {
    let count = plan.services().len();
    let (mut length, mut next) = (vec![0; count], vec![0; count]);
    let needs =
        Duration::from_nanos(slowest_path::slowest(plan.services(), plan.order(), &mut length, &mut next));
    let slowest = if is_slowest { slowest(&length, &next) } else { Vec::new() };
    let graph = Graph::new(plan);
    let mut begins = vec![begin; count];
    for &index in plan.order().iter().rev() {
        let ends = graph.predecessors(index).iter().map(|&(ahead, _)| begins[ahead] + window(plan, ahead));
        begins[index] = ends.max().unwrap_or(begin);
    }
    let mut order: Vec<_> = plan.order().iter().rev().copied().collect();
    order.sort_by_key(|&index| begins[index]);
    let direct = graph.direct(plan);
    let mut places = vec![0; count];
    for index in order {
        let slack = (begin + needs).saturating_sub(begins[index] + Duration::from_nanos(length[index]));
        places[index] = rows.len();
        let is_slowest = slowest.contains(&index);
        let mut after: Vec<_> = direct[index].iter().map(|&ahead| places[ahead]).collect();
        after.sort_by_key(|&row| std::cmp::Reverse(rows[row].end()));
        rows.push(Row {
            index,
            name: plan.services()[index].name(),
            depth,
            begin: begins[index],
            window: window(plan, index),
            slack,
            is_slowest,
            after,
        });
        if let Some(nested) = plan.services()[index].nested() {
            add(rows, nested, begins[index], depth + 1, is_slowest);
        }
    }
}

fn window(plan: &Plan, index: usize) -> Duration {
    plan.services()[index].window().guaranteed()
}

/// The services of the slowest stop path, in the order of the stop.
fn slowest(length: &[u64], next: &[usize]) -> Vec<usize> {
    let first = (0..length.len()).max_by_key(|&index| length[index]);
    std::iter::successors(first, |&index| Some(next[index]).filter(|&next| next != END)).collect()
}
