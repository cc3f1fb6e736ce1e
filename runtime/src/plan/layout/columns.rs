//! Which column each service is in, and in which order the places of a column are.

use super::Plan;

/// How often the order is gone over, once from the left and once from the right.
const ROUNDS: usize = 8;

/// The columns. A place is a service, or, behind those, where an edge passes a column.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) columns: Vec<Vec<usize>>,
    /// For each place, its column.
    pub(super) column_of: Vec<usize>,
    /// For each edge, the places that it goes through, from column to column.
    pub(super) chains: Vec<Vec<usize>>,
    /// For each place, those that it is joined with in the column before, and in the one behind.
    pub(super) before: Vec<Vec<usize>>,
    pub(super) behind: Vec<Vec<usize>>,
    services: usize,
}

impl Columns {
    /// For edges that each go from a service to one that stops later.
    pub(super) fn of(plan: &Plan, edges: impl Iterator<Item = (usize, usize)> + Clone) -> Self {
        let services = plan.services.len();
        let column_of = assigned(plan, &edges.clone().collect::<Vec<_>>());
        let mut columns = Self {
            columns: vec![Vec::new(); column_of.iter().max().map_or(0, |last| last + 1)],
            column_of,
            chains: Vec::new(),
            before: vec![Vec::new(); services],
            behind: vec![Vec::new(); services],
            services,
        };
        for &index in plan.order.iter().rev() {
            columns.columns[columns.column_of[index]].push(index);
        }
        edges.for_each(|(from, to)| columns.join(from, to));
        columns.untangle();
        columns
    }

    /// The service that a place is, if it is one.
    pub(super) fn node(&self, place: usize) -> Option<usize> {
        (place < self.services).then_some(place)
    }

    /// Lays an edge through all columns between its ends.
    fn join(&mut self, from: usize, to: usize) {
        let mut chain = vec![from];
        for column in self.column_of[from] + 1..self.column_of[to] {
            let place = self.column_of.len();
            self.column_of.push(column);
            self.columns[column].push(place);
            self.before.push(Vec::new());
            self.behind.push(Vec::new());
            chain.push(place);
        }
        chain.push(to);
        for pair in chain.windows(2) {
            self.behind[pair[0]].push(pair[1]);
            self.before[pair[1]].push(pair[0]);
        }
        self.chains.push(chain);
    }

    /// Orders each column by where its neighbours are, and keeps the order with the fewest crossings.
    fn untangle(&mut self) {
        let mut best = (self.crossings(), self.columns.clone());
        for round in 0..2 * ROUNDS {
            let forwards = round % 2 == 0;
            for step in 1..self.columns.len() {
                let column = if forwards { step } else { self.columns.len() - 1 - step };
                self.order(column, forwards);
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.columns.clone());
            }
        }
        self.columns = best.1;
    }

    /// Orders a column by the mean rank of what its places are joined with; who is joined with nothing stays.
    fn order(&mut self, column: usize, forwards: bool) {
        let joined = if forwards { &self.before } else { &self.behind };
        let ranks = self.ranks();
        let mut ordered: Vec<_> = self.columns[column]
            .iter()
            .map(|&place| {
                let mean = mean(joined[place].iter().map(|&other| ranks[other]));
                (mean.unwrap_or(ranks[place]), place)
            })
            .collect();
        ordered.sort_by(|one, other| one.0.total_cmp(&other.0));
        self.columns[column] = ordered.into_iter().map(|(_, place)| place).collect();
    }

    /// For each place, how far down its column it is.
    fn ranks(&self) -> Vec<f64> {
        let mut ranks = vec![0.0; self.column_of.len()];
        for column in &self.columns {
            for (rank, &place) in (0_u32..).zip(column) {
                ranks[place] = f64::from(rank);
            }
        }
        ranks
    }

    fn crossings(&self) -> usize {
        let ranks = self.ranks();
        let crossings = self.columns.iter().map(|column| {
            let joined = |&place: &usize| self.behind[place].iter().map(move |&other| (place, other));
            let pieces: Vec<_> = column.iter().flat_map(joined).collect();
            let cross = |one: &(usize, usize), other: &(usize, usize)| {
                (ranks[one.0] - ranks[other.0]) * (ranks[one.1] - ranks[other.1]) < 0.0
            };
            let behind =
                |at: usize| pieces[at + 1..].iter().filter(|other| cross(&pieces[at], other)).count();
            (0..pieces.len()).map(behind).sum::<usize>()
        });
        crossings.sum()
    }
}

/// Each service behind all that it waits for; one that waits for nothing right before the first that waits for it.
fn assigned(plan: &Plan, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut column_of = vec![0; plan.services.len()];
    for &index in plan.order.iter().rev() {
        let ahead = edges.iter().filter(|edge| edge.1 == index).map(|edge| column_of[edge.0] + 1);
        column_of[index] = ahead.max().unwrap_or(0);
    }
    for index in 0..column_of.len() {
        if !edges.iter().any(|edge| edge.1 == index) {
            let behind = edges.iter().filter(|edge| edge.0 == index).map(|edge| column_of[edge.1] - 1);
            column_of[index] = behind.min().unwrap_or(0);
        }
    }
    column_of
}

pub(super) fn mean(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = numbers.fold((0.0, 0.0), |(count, sum), number| (count + 1.0, sum + number));
    (count > 0.0).then(|| sum / count)
}
