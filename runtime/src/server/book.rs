//! The book of one connection: its requests, from their head read to the last byte of their answer written.
//!
//! # Invariants
//!
//! 1. A request is in the book while anything of it is alive: its handler, its body, an answer that is not flushed,
//!    an upgraded connection.
//! 2. A request is counted at most once: as finished, as cut, or, when its client left, not at all.
//! 3. What it holds is handed out when it leaves: the last hold of a service may drop that service, and must not do so
//!    under a lock.

use std::fmt;

use axum::http::uri::PathAndQuery;
use axum::http::{Method, Request};
use tokio::time::Instant;

use super::tally::Tally;
use crate::one_line::OneLine;
use crate::report::Cut;
use crate::stopping::Hold;

/// What is said of calls that no handler has.
const UNSEEN: &str = "a call in no handler";

/// The requests of one connection.
#[derive(Debug)]
pub(super) struct Book {
    next: u64,
    requests: Vec<Entry>,
    /// When it was opened or the last request ended; none when that was before the drain.
    quiet_since: Option<Instant>,
    /// What comes now does not count: its client has left, or it was counted before it came.
    settled: bool,
    /// Whether the IO is alive, for which answers wait.
    pub(super) open: bool,
}

#[derive(Debug)]
struct Entry {
    key: u64,
    what: What,
    since: Instant,
    stage: Stage,
    /// Counted as cut, or its client left: how it ends does not count.
    settled: bool,
    hold: Option<Hold>,
}

/// What the end of a handler and its body comes to.
#[derive(Default)]
pub(super) struct End {
    /// The answer has not left yet.
    pub(super) waits_for_flush: bool,
    /// To be dropped outside of all locks.
    pub(super) hold: Option<Hold>,
}

/// What a request waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Its handler, or the end of its body.
    Running,
    /// The next flush.
    Answered,
    /// The end of the connection, which is its own now: a WebSocket.
    Upgraded,
}

/// What a request is, for the report.
#[derive(Debug, Clone)]
pub(super) struct What {
    /// None for gRPC, where it is always the same.
    method: Option<Method>,
    path: Option<PathAndQuery>,
}

impl Book {
    pub(super) fn new(open: bool, tally: &Tally) -> Self {
        let mut book = Self { next: 0, requests: Vec::new(), quiet_since: None, settled: false, open };
        book.note_quiet(tally);
        book
    }

    /// Asking the clock is a good part of what a request costs.
    fn note_quiet(&mut self, tally: &Tally) {
        if tally.is_draining() {
            self.quiet_since = Some(Instant::now());
        }
    }

    /// For requests of clients that have left: how they end does not count.
    pub(super) fn settled(tally: &Tally) -> Self {
        Self { settled: true, ..Self::new(false, tally) }
    }

    /// Whether it has ever carried a request.
    pub(super) fn has_carried(&self) -> bool {
        self.next > 0
    }

    /// Whether it has carried no request since then, which is in the drain.
    pub(super) fn is_quiet(&self, since: Instant) -> bool {
        self.is_empty() && self.quiet_since.is_none_or(|quiet| quiet <= since)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// How many requests there are, and the oldest.
    pub(super) fn in_flight(&self) -> (usize, Option<Cut>) {
        let oldest = self.requests.iter().min_by_key(|entry| entry.since);
        (self.requests.len(), oldest.map(Entry::as_cut))
    }

    /// Enters a request, and gives its key.
    pub(super) fn begin(&mut self, what: What) -> u64 {
        let key = self.next;
        self.next += 1;
        let (since, stage) = (Instant::now(), Stage::Running);
        self.requests.push(Entry { key, what, since, stage, settled: self.settled, hold: None });
        key
    }

    /// The request has become the connection.
    pub(super) fn upgrade(&mut self, key: u64) {
        if let Some(entry) = self.requests.iter_mut().find(|entry| entry.key == key) {
            entry.stage = Stage::Upgraded;
        }
    }

    /// The handler and the body are gone.
    pub(super) fn end(&mut self, key: u64, answered: bool, tally: &Tally) -> End {
        let Some(place) = self.requests.iter().position(|entry| entry.key == key) else {
            return End::default();
        };
        let entry = &mut self.requests[place];
        if entry.stage == Stage::Upgraded {
            return End::default();
        }
        if answered && self.open {
            entry.stage = Stage::Answered;
            return End { waits_for_flush: true, hold: None };
        }
        let panicked = std::thread::panicking() && tally.is_draining();
        if panicked && !entry.settled {
            entry.settle_as_cut(tally);
        }
        entry.count(answered, tally);
        let entry = self.requests.swap_remove(place);
        self.note_quiet(tally);
        End { waits_for_flush: false, hold: entry.hold }
    }

    /// All that was answered has left.
    #[must_use]
    pub(super) fn flush(&mut self, tally: &Tally) -> Vec<Hold> {
        self.leave(Stage::Answered, true, tally)
    }

    /// The IO is gone: whoever still waits for an answer has left.
    #[must_use]
    pub(super) fn close(&mut self, tally: &Tally) -> Vec<Hold> {
        self.open = false;
        let mut holds = self.leave(Stage::Answered, false, tally);
        holds.append(&mut self.leave(Stage::Upgraded, true, tally));
        // Where a handler panics and takes the connection with it, the IO goes first: its end is still to come.
        if !std::thread::panicking() {
            self.requests.iter_mut().for_each(|entry| entry.settled = true);
        }
        holds
    }

    /// What was not counted before counts as cut. While a handler lives on, it holds.
    pub(super) fn cut(&mut self, hold: Option<&Hold>, tally: &Tally) {
        for entry in &mut self.requests {
            entry.hold = hold.cloned().or(entry.hold.take());
            if !entry.settled {
                entry.settle_as_cut(tally);
            }
        }
    }

    /// What was not seen since then at the latest counts as cut.
    pub(super) fn cut_unseen(&mut self, since: Instant, tally: &Tally) {
        self.settled = true;
        tally.count_cut(Cut { what: UNSEEN.to_owned(), age: since.elapsed() });
    }

    fn leave(&mut self, stage: Stage, finished: bool, tally: &Tally) -> Vec<Hold> {
        let mut holds = Vec::new();
        self.requests.retain_mut(|entry| {
            let stays = entry.stage != stage;
            if !stays {
                entry.count(finished, tally);
                holds.extend(entry.hold.take());
            }
            stays
        });
        self.note_quiet(tally);
        holds
    }
}

impl Entry {
    fn settle_as_cut(&mut self, tally: &Tally) {
        self.settled = true;
        tally.count_cut(self.as_cut());
    }

    fn count(&self, finished: bool, tally: &Tally) {
        if finished && !self.settled {
            tally.count_finished();
        }
    }

    fn as_cut(&self) -> Cut {
        Cut { what: self.what.to_string(), age: self.since.elapsed() }
    }
}

impl What {
    #[cfg(feature = "axum")]
    pub(super) fn http<B>(request: &Request<B>) -> Self {
        Self { method: Some(request.method().clone()), ..Self::grpc(request) }
    }

    pub(super) fn grpc<B>(request: &Request<B>) -> Self {
        Self { method: None, path: request.uri().path_and_query().cloned() }
    }
}

/// Without the query, which may hold secrets, and without control characters, which a path may have beyond ASCII.
impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(method) = &self.method {
            write!(f, "{method} ")?;
        }
        write!(f, "{}", OneLine(self.path.as_ref().map_or("", PathAndQuery::path)))
    }
}

#[cfg(test)]
mod tests {
    use super::What;
    use axum::http::Request;

    #[test]
    fn a_path_orders_no_terminal_about() {
        let request = Request::get("/orders/\u{9b}2J?secret").body(()).expect("a path may have it");
        assert_eq!(What::grpc(&request).to_string(), "/orders/\u{fffd}2J");
    }
}
