//! The slowest start path of a plan: the longest time that a start may take.

use std::time::Duration;

use super::Plan;

impl Plan {
    /// Returns how long the start takes at most: the slowest path of start windows. After this time either the group has
    /// started, or one of its services has failed to start. A service that is given takes no time.
    #[must_use]
    pub fn slowest_start(&self) -> Duration {
        self.slowest_start_path().0
    }

    /// Returns the length of the slowest start path, and the services on it in the order of the start.
    pub(crate) fn slowest_start_path(&self) -> (Duration, Vec<&'static str>) {
        let mut ends = vec![Duration::ZERO; self.services.len()];
        let mut before = vec![None; self.services.len()];
        for &index in self.start_order {
            let service = &self.services[index];
            before[index] = service.starts_after_indices().max_by_key(|&earlier| ends[earlier]);
            let start = before[index].map_or(Duration::ZERO, |dependency: usize| ends[dependency]);
            ends[index] = start.saturating_add(service.start_within());
        }
        let last = (0..ends.len()).max_by_key(|&index| ends[index]);
        let path = std::iter::successors(last, |&index| before[index]);
        let started = path.filter(|&index| !self.services[index].is_given());
        let mut names: Vec<_> = started.map(|index| self.services[index].name).collect();
        names.reverse();
        (last.map_or(Duration::ZERO, |last| ends[last]), names)
    }
}
