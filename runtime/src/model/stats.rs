//! Live statistics of a service.

use std::fmt;
use std::time::Duration;

/// A service that counts what it does.
pub trait StatsSource: Send + Sync {
    /// Returns the counts at this moment.
    ///
    /// Status, probes and the supervisor call it at any time, from any thread: it must not block.
    fn stats(&self) -> ServerStats;
}

/// What a server counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerStats {
    /// Open connections, upgraded ones included.
    pub connections: usize,
    /// Requests whose answer is not complete.
    pub requests: usize,
    /// The oldest of them, and its age.
    pub oldest: Option<(String, Duration)>,
    /// Requests that were answered since the drain began.
    pub finished: u64,
    /// Requests that were cut.
    pub cut: u64,
}

impl fmt::Debug for dyn StatsSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stats().fmt(f)
    }
}
