//! The slowest start path of a plan: what a start needs at most.

use std::time::Duration;

use super::Plan;

impl Plan {
    /// What a start needs at most: the slowest path of start windows. After this time the group has started, or one of
    /// its services has not.
    #[must_use]
    pub fn slowest_start(&self) -> Duration {
        self.slowest_start_path().0
    }

    /// The slowest start path, and the services on it in the order of the start.
    pub(crate) fn slowest_start_path(&self) -> (Duration, Vec<&'static str>) {
        let mut ends = vec![Duration::ZERO; self.services.len()];
        let mut before = vec![None; self.services.len()];
        for &index in self.order {
            let service = &self.services[index];
            before[index] = service
                .dependencies
                .iter()
                .map(|edge| edge.service.index())
                .max_by_key(|&needed| ends[needed]);
            let begin = before[index].map_or(Duration::ZERO, |needed: usize| ends[needed]);
            ends[index] = begin.saturating_add(service.start_within);
        }
        let last = (0..ends.len()).max_by_key(|&index| ends[index]);
        let path = std::iter::successors(last, |&index| before[index]);
        let mut names: Vec<_> = path.map(|index| self.services[index].name).collect();
        names.reverse();
        (last.map_or(Duration::ZERO, |last| ends[last]), names)
    }
}
