//! The connections and requests of the server, as status and report show them.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use service_group::{CutRequest, Drained, ServerStats};
use tokio::time::Instant;

/// The connections and requests of the server.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    connections: usize,
    next: u64,
    /// By number: the first is the oldest.
    in_flight: BTreeMap<u64, (String, Instant)>,
    drained: Drained,
}

/// Counts a connection while it exists.
pub(crate) struct OpenConnection<'a>(&'a Requests);

/// Keeps a request in flight while it exists.
pub(crate) struct InFlight<'a> {
    requests: &'a Requests,
    number: u64,
}

impl Requests {
    pub(crate) fn connection(&self) -> OpenConnection<'_> {
        self.counts().connections += 1;
        OpenConnection(self)
    }

    pub(crate) fn begin(&self, what: String) -> InFlight<'_> {
        let mut counts = self.counts();
        let number = counts.next;
        counts.next += 1;
        counts.in_flight.insert(number, (what, Instant::now()));
        InFlight { requests: self, number }
    }

    /// Counts all requests in flight as cut, the oldest first.
    pub(crate) fn cut_all(&self) {
        let mut counts = self.counts();
        let cuts = std::mem::take(&mut counts.in_flight).into_values();
        let cuts: Vec<_> = cuts.map(|(what, since)| CutRequest::new(what, since.elapsed())).collect();
        counts.drained.cut += cuts.len() as u64;
        counts.drained.cuts.extend(cuts);
    }

    pub(crate) fn stats(&self) -> ServerStats {
        let counts = self.counts();
        let mut stats = ServerStats::default();
        stats.connections = counts.connections;
        stats.requests = counts.in_flight.len();
        stats.oldest = counts.in_flight.values().next().map(|(what, since)| (what.clone(), since.elapsed()));
        stats.finished = counts.drained.finished;
        stats.cut = counts.drained.cut;
        stats
    }

    /// Returns what was answered and cut since the drain began.
    pub(crate) fn drained(&self) -> Drained {
        let counts = self.counts();
        let mut drained = counts.drained.clone();
        drained.still_running = counts.in_flight.len() as u64;
        drained
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InFlight<'_> {
    /// Ends the request with an answer, which counts in a drain.
    pub(crate) fn finish(self, drains: bool) {
        self.requests.counts().drained.finished += u64::from(drains);
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.requests.counts().in_flight.remove(&self.number);
    }
}

impl Drop for OpenConnection<'_> {
    fn drop(&mut self) {
        self.0.counts().connections -= 1;
    }
}
