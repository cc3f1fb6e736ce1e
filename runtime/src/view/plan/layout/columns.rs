//! The column of each service, and the order of the slots in each column.

use crate::model::Plan;

/// The passes over the order, each once from the left and once from the right.
const ROUNDS: usize = 8;

/// The columns. The first slots are the services; those after them are for edges that pass a column.
#[derive(Debug)]
pub(super) struct Columns {
    /// The slots of each column, from the top.
    pub(super) slots: Vec<Vec<usize>>,
    /// The column of each slot.
    pub(super) column_of: Vec<usize>,
    /// The slots through which each edge goes, from column to column.
    pub(super) chains: Vec<Vec<usize>>,
    /// The slots in the previous column with which each slot is joined.
    pub(super) before: Vec<Vec<usize>>,
    /// The slots in the next column with which each slot is joined.
    pub(super) after: Vec<Vec<usize>>,
    services: usize,
}

impl Columns {
    /// Computes the columns of edges that each go from a service to one that stops later.
    pub(super) fn new(plan: &Plan, edges: impl Iterator<Item = (usize, usize)> + Clone) -> Self {
        let services = plan.services().len();
        let column_of = assign(plan, &edges.clone().collect::<Vec<_>>());
        let mut columns = Self {
            slots: vec![Vec::new(); column_of.iter().max().map_or(0, |last| last + 1)],
            column_of,
            chains: Vec::new(),
            before: vec![Vec::new(); services],
            after: vec![Vec::new(); services],
            services,
        };
        for &index in plan.order().iter().rev() {
            columns.slots[columns.column_of[index]].push(index);
        }
        edges.for_each(|(from, to)| columns.join(from, to));
        columns.untangle();
        columns
    }

    /// Returns the service of a slot, if it has one.
    pub(super) fn node(&self, slot: usize) -> Option<usize> {
        (slot < self.services).then_some(slot)
    }

    /// Adds an edge with a slot in each column between its ends.
    fn join(&mut self, from: usize, to: usize) {
        let mut chain = vec![from];
        for column in self.column_of[from] + 1..self.column_of[to] {
            let slot = self.column_of.len();
            self.column_of.push(column);
            self.slots[column].push(slot);
            self.before.push(Vec::new());
            self.after.push(Vec::new());
            chain.push(slot);
        }
        chain.push(to);
        for pair in chain.windows(2) {
            self.after[pair[0]].push(pair[1]);
            self.before[pair[1]].push(pair[0]);
        }
        self.chains.push(chain);
    }

    /// Orders each column by the positions of its neighbours, and keeps the order with the fewest crossings.
    fn untangle(&mut self) {
        let mut ranks = vec![0; self.column_of.len()];
        (0..self.slots.len()).for_each(|column| self.rank(column, &mut ranks));
        let mut best = (self.crossings(&ranks), self.slots.clone());
        for round in 0..2 * ROUNDS {
            let forwards = round % 2 == 0;
            for step in 1..self.slots.len() {
                let column = if forwards { step } else { self.slots.len() - 1 - step };
                self.order(column, forwards, &ranks);
                self.rank(column, &mut ranks);
            }
            let crossings = self.crossings(&ranks);
            if crossings < best.0 {
                best = (crossings, self.slots.clone());
            }
        }
        self.slots = best.1;
    }

    /// Orders a column by the mean rank of the slots with which each slot is joined. A slot without any keeps its rank.
    fn order(&mut self, column: usize, forwards: bool, ranks: &[u32]) {
        let joined = if forwards { &self.before } else { &self.after };
        let mut ordered: Vec<_> = self.slots[column]
            .iter()
            .map(|&slot| {
                let mean = mean(joined[slot].iter().map(|&other| f64::from(ranks[other])));
                (mean.unwrap_or(f64::from(ranks[slot])), slot)
            })
            .collect();
        ordered.sort_by(|one, other| one.0.total_cmp(&other.0));
        self.slots[column] = ordered.into_iter().map(|(_, slot)| slot).collect();
    }

    /// Updates the ranks of one column. Ranking all columns again for each of them would be quadratic in a deep plan.
    fn rank(&self, column: usize, ranks: &mut [u32]) {
        for (rank, &slot) in (0..).zip(&self.slots[column]) {
            ranks[slot] = rank;
        }
    }

    /// Returns how many pairs of edges cross: those whose order after a column differs from that before it.
    fn crossings(&self, ranks: &[u32]) -> usize {
        let crossings = self.slots.iter().map(|column| {
            let joined = column.iter().flat_map(|&slot| {
                let mut after: Vec<_> = self.after[slot].iter().map(|&other| ranks[other]).collect();
                after.sort_unstable();
                after
            });
            inversions(&mut joined.collect::<Vec<_>>())
        });
        crossings.sum()
    }
}

/// Returns how many pairs are in falling order, and sorts the numbers.
fn inversions(numbers: &mut [u32]) -> usize {
    if numbers.len() < 2 {
        return 0;
    }
    let (left, right) = numbers.split_at_mut(numbers.len() / 2);
    let within = inversions(left) + inversions(right);
    let between = left.iter().map(|number| right.partition_point(|other| other < number)).sum::<usize>();
    numbers.sort_unstable();
    within + between
}

/// Returns the column of each service: after all services that it waits for. A service that waits for none is right
/// before the first one that waits for it.
fn assign(plan: &Plan, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut column_of = vec![0; plan.services().len()];
    let (mut ahead, mut after) = (vec![Vec::new(); column_of.len()], vec![Vec::new(); column_of.len()]);
    for &(from, to) in edges {
        ahead[to].push(from);
        after[from].push(to);
    }
    for &index in plan.order().iter().rev() {
        column_of[index] = ahead[index].iter().map(|&from| column_of[from] + 1).max().unwrap_or(0);
    }
    for index in 0..column_of.len() {
        if ahead[index].is_empty() {
            column_of[index] = after[index].iter().map(|&to| column_of[to] - 1).min().unwrap_or(0);
        }
    }
    column_of
}

pub(super) fn mean(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = numbers.fold((0.0, 0.0), |(count, sum), number| (count + 1.0, sum + number));
    (count > 0.0).then(|| sum / count)
}

#[cfg(test)]
mod tests {
    use super::inversions;

    #[test]
    fn inversions_are_counted() {
        assert_eq!(inversions(&mut [0, 1, 1, 2]), 0);
        assert_eq!(inversions(&mut [3, 1, 2, 0]), 5);
    }
}
