//! Which column each service is in, and in which order the places of a column are.

use crate::model::Plan;

/// How often the order is gone over, once from the left and once from the right.
const ROUNDS: usize = 8;

/// The columns. A place is a service, or, behind those, where an edge passes a column.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) of_places: Vec<Vec<usize>>,
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
        let services = plan.services().len();
        let column_of = assigned(plan, &edges.clone().collect::<Vec<_>>());
        let mut columns = Self {
            of_places: vec![Vec::new(); column_of.iter().max().map_or(0, |last| last + 1)],
            column_of,
            chains: Vec::new(),
            before: vec![Vec::new(); services],
            behind: vec![Vec::new(); services],
            services,
        };
        for &index in plan.order().iter().rev() {
            columns.of_places[columns.column_of[index]].push(index);
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
            self.of_places[column].push(place);
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
        let mut ranks = vec![0; self.column_of.len()];
        (0..self.of_places.len()).for_each(|column| self.rank(column, &mut ranks));
        let mut best = (self.crossings(&ranks), self.of_places.clone());
        for round in 0..2 * ROUNDS {
            let forwards = round % 2 == 0;
            for step in 1..self.of_places.len() {
                let column = if forwards { step } else { self.of_places.len() - 1 - step };
                self.order(column, forwards, &ranks);
                self.rank(column, &mut ranks);
            }
            let crossings = self.crossings(&ranks);
            if crossings < best.0 {
                best = (crossings, self.of_places.clone());
            }
        }
        self.of_places = best.1;
    }

    /// Orders a column by the mean rank of what its places are joined with; who is joined with nothing stays.
    fn order(&mut self, column: usize, forwards: bool, ranks: &[u32]) {
        let joined = if forwards { &self.before } else { &self.behind };
        let mut ordered: Vec<_> = self.of_places[column]
            .iter()
            .map(|&place| {
                let mean = mean(joined[place].iter().map(|&other| f64::from(ranks[other])));
                (mean.unwrap_or(f64::from(ranks[place])), place)
            })
            .collect();
        ordered.sort_by(|one, other| one.0.total_cmp(&other.0));
        self.of_places[column] = ordered.into_iter().map(|(_, place)| place).collect();
    }

    /// Notes for each place of a column how far down it is. The others stay: a look at all, for each column, would cost
    /// the square of a deep plan.
    fn rank(&self, column: usize, ranks: &mut [u32]) {
        for (rank, &place) in (0..).zip(&self.of_places[column]) {
            ranks[place] = rank;
        }
    }

    /// How many pairs of edges cross: those whose order behind a column is not that before it.
    fn crossings(&self, ranks: &[u32]) -> usize {
        let crossings = self.of_places.iter().map(|column| {
            let joined = column.iter().flat_map(|&place| {
                let mut behind: Vec<_> = self.behind[place].iter().map(|&other| ranks[other]).collect();
                behind.sort_unstable();
                behind
            });
            inversions(&mut joined.collect::<Vec<_>>())
        });
        crossings.sum()
    }
}

/// How many pairs are in falling order; sorts them.
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

/// Each service behind all that it waits for; one that waits for nothing right before the first that waits for it.
fn assigned(plan: &Plan, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut column_of = vec![0; plan.services().len()];
    let (mut ahead, mut behind) = (vec![Vec::new(); column_of.len()], vec![Vec::new(); column_of.len()]);
    for &(from, to) in edges {
        ahead[to].push(from);
        behind[from].push(to);
    }
    for &index in plan.order().iter().rev() {
        column_of[index] = ahead[index].iter().map(|&from| column_of[from] + 1).max().unwrap_or(0);
    }
    for index in 0..column_of.len() {
        if ahead[index].is_empty() {
            column_of[index] = behind[index].iter().map(|&to| column_of[to] - 1).min().unwrap_or(0);
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
    fn pairs_in_falling_order_are_counted() {
        assert_eq!(inversions(&mut [0, 1, 1, 2]), 0);
        assert_eq!(inversions(&mut [3, 1, 2, 0]), 5);
    }
}
