//! Whose turn it is, in the order of a start or of a stop.

use std::collections::VecDeque;

/// A service whose turn it is, and the one that it has waited for, whose end made it so.
pub(super) type Turn = (usize, Option<usize>);

/// Counts for each service those before it that have not ended.
pub(super) struct Turns {
    waits_for: Vec<usize>,
    ready: VecDeque<Turn>,
}

impl Turns {
    /// `waits_for` has the number of those before each service. It is the turn of a service that waits for none.
    pub(super) fn new(waits_for: impl Iterator<Item = usize>) -> Self {
        let waits_for: Vec<_> = waits_for.collect();
        let first = waits_for.iter().enumerate().filter(|(_, count)| **count == 0);
        Self { ready: first.map(|(index, _)| (index, None)).collect(), waits_for }
    }

    /// Returns the next service whose turn it is.
    pub(super) fn next(&mut self) -> Option<Turn> {
        self.ready.pop_front()
    }

    /// Counts down for those that come after a service that has ended. `waited_for` is what they have waited for.
    pub(super) fn release(&mut self, followers: impl Iterator<Item = usize>, waited_for: Option<usize>) {
        for next in followers {
            self.waits_for[next] -= 1;
            if self.waits_for[next] == 0 {
                self.ready.push_back((next, waited_for));
            }
        }
    }
}
