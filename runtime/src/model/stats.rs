//! Live statistics of a service, and the trait of services that have them.

use std::fmt;
use std::time::Duration;

/// A source of live statistics, registered by a service in
/// [`ServiceContext::show_stats`](crate::ServiceContext::show_stats).
pub trait StatsSource: Send + Sync {
    /// Returns the statistics at this moment.
    ///
    /// Status, probes and the supervisor call this at any time and from any thread. It must not block.
    fn stats(&self) -> ServerStats;
}

/// The statistics of a server, or of [`Tasks`](crate::Tasks), at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ServerStats {
    /// The number of open connections, upgraded ones included.
    pub connections: usize,
    /// The number of requests whose response is not complete.
    pub requests: usize,
    /// The number of tasks that run.
    pub tasks: usize,
    /// The name and the age of the oldest of those requests or tasks.
    pub oldest: Option<(String, Duration)>,
    /// The number of requests that were answered since the drain began.
    pub finished: u64,
    /// The number of requests that were cut.
    pub cut: u64,
    /// The number of tasks that have failed since the start of the service.
    pub failed: u64,
}

impl ServerStats {
    /// Returns the statistics of several services as one: their sums, and the oldest request of all.
    pub(crate) fn sum(all: impl IntoIterator<Item = Self>) -> Option<Self> {
        all.into_iter().reduce(|sum, of| Self {
            connections: sum.connections + of.connections,
            requests: sum.requests + of.requests,
            tasks: sum.tasks + of.tasks,
            oldest: sum.oldest.into_iter().chain(of.oldest).max_by_key(|(_, age)| *age),
            finished: sum.finished + of.finished,
            cut: sum.cut + of.cut,
            failed: sum.failed + of.failed,
        })
    }
}

impl fmt::Debug for dyn StatsSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stats().fmt(f)
    }
}
