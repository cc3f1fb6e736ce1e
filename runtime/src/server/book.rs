//! The book of one connection: its requests, from their head read to the last byte of their answer written.
//!
//! Every request pays for it, so that it is only written to when a request begins. That one has ended is found out by
//! whoever looks: its mark has been let go. Entries are used again.
//!
//! # Invariants
//!
//! 1. A request is in the book while anything of it is alive: its handler, its body, data that its client has not got,
//!    an answer that is not flushed, an upgraded connection.
//! 2. A request is counted at most once: as finished, as cut, or, when its client left, not at all.
//! 3. What it holds is handed out when it leaves: the last hold of a service may drop that service, and must not do so
//!    under a lock.

use std::sync::Arc;

use tokio::time::Instant;

use super::mark::{Mark, Outcome, Place};
use super::tally::Tally;
use crate::model::CutRequest;
use crate::state::Hold;
use crate::text::OneLine;

/// What is said of calls that no handler has.
const UNSEEN: &str = "a call in no handler";

/// The requests of one connection.
#[derive(Debug)]
pub(super) struct Book {
    entries: Vec<Entry>,
    /// Those that are in no use.
    free: Vec<usize>,
    place: Arc<Place>,
    has_carried: bool,
    /// When the last bytes came that a request began with.
    read_at: Option<Instant>,
    /// When it was opened or the last request ended; none when that was before the drain.
    quiet_since: Option<Instant>,
    /// What comes now does not count: its client has left, or it was counted before it came.
    settled: bool,
    /// Whether the IO is alive, for which answers wait.
    pub(super) open: bool,
}

#[derive(Debug)]
struct Entry {
    mark: Arc<Mark>,
    used: bool,
    /// What the request is, for the report.
    name: String,
    since: Instant,
    /// Counted as cut, or its client left: how it ends does not count.
    settled: bool,
    /// Its mark has a hold.
    keeps: bool,
}

impl Book {
    pub(super) fn new(open: bool, place: Arc<Place>) -> Self {
        let mut book = Self {
            entries: Vec::new(),
            free: Vec::new(),
            place,
            has_carried: false,
            read_at: None,
            quiet_since: None,
            settled: false,
            open,
        };
        book.note_quiet();
        book
    }

    /// For requests of clients that have left: how they end does not count.
    pub(super) fn settled(place: Arc<Place>) -> Self {
        Self { settled: true, ..Self::new(false, place) }
    }

    /// Asking the clock is a good part of what a request costs.
    fn note_quiet(&mut self) {
        if self.tally().is_draining() {
            self.quiet_since = Some(Instant::now());
        }
    }

    #[inline]
    fn tally(&self) -> &Tally {
        self.place.tally()
    }

    /// Whether it has ever carried a request.
    pub(super) fn has_carried(&self) -> bool {
        self.has_carried
    }

    /// Whether it has carried no request since then, which is in the drain. To be swept before.
    pub(super) fn is_quiet(&self, since: Instant) -> bool {
        self.is_empty() && self.quiet_since.is_none_or(|quiet| quiet <= since)
    }

    /// To be swept before.
    pub(super) fn is_empty(&self) -> bool {
        self.free.len() == self.entries.len()
    }

    /// Whether nothing is left of it. To be swept before.
    pub(super) fn is_over(&self) -> bool {
        !self.open && self.is_empty()
    }

    /// How many requests there are, and the oldest. To be swept before.
    pub(super) fn in_flight(&self) -> (usize, Option<CutRequest>) {
        let oldest = self.entries.iter().filter(|entry| entry.used).min_by_key(|entry| entry.since);
        (self.entries.len() - self.free.len(), oldest.map(Entry::as_cut))
    }

    /// Enters a request. Those that came with the same bytes share a time, since asking the clock is a good part of what
    /// a request costs; `fresh` says that some have come since.
    #[inline]
    pub(super) fn begin(&mut self, fresh: bool, name: impl FnOnce(&mut String)) -> (Arc<Mark>, Vec<Hold>) {
        let known = self.read_at.filter(|_| self.open && !fresh);
        let since = known.unwrap_or_else(Instant::now);
        (self.read_at, self.has_carried) = (Some(since), true);
        let (place, holds) = self.free.pop().map_or_else(|| self.room(), |place| (place, Vec::new()));
        let entry = &mut self.entries[place];
        entry.name.clear();
        name(&mut entry.name);
        (entry.since, entry.settled, entry.used) = (since, self.settled, true);
        entry.mark.begin();
        (Arc::clone(&entry.mark), holds)
    }

    /// An entry that is in no use. A look at all of them makes room for a quarter of them, or there shall be more: so each
    /// request costs a few looks at most.
    #[inline(never)]
    fn room(&mut self) -> (usize, Vec<Hold>) {
        let holds = self.sweep();
        while self.free.is_empty() || self.free.len() * 4 < self.entries.len() {
            self.free.push(self.entries.len());
            self.entries.push(Entry::new(&self.place));
        }
        (self.free.pop().expect("there is one at least"), holds)
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.entries.len()
    }

    /// What a request has come to, if nobody has it, nor is the connection waited for: its next flush, or its end.
    fn ended(&self, entry: &Entry) -> Option<Outcome> {
        entry.mark.let_go().filter(|outcome| match outcome {
            Outcome::Upgraded => !self.open,
            Outcome::Answered => !self.open || entry.mark.is_flushed(),
            Outcome::Unanswered | Outcome::Panicked => true,
        })
    }

    /// Takes out what has ended.
    #[must_use]
    pub(super) fn sweep(&mut self) -> Vec<Hold> {
        let (mut holds, before) = (Vec::new(), self.free.len());
        for place in 0..self.entries.len() {
            let entry = &self.entries[place];
            if entry.used
                && let Some(outcome) = self.ended(entry)
            {
                let tally = self.place.tally();
                holds.extend(self.entries[place].end(outcome, tally));
                self.free.push(place);
            }
        }
        if self.free.len() > before {
            self.note_quiet();
        }
        holds
    }

    /// The IO is gone: whoever still waits for an answer has left.
    #[must_use]
    pub(super) fn close(&mut self) -> Vec<Hold> {
        let mut holds = self.sweep();
        // Where a handler panics and takes the connection with it, the IO goes first: its end is still to come.
        let panicking = std::thread::panicking();
        for entry in self.entries.iter_mut().filter(|entry| entry.used) {
            entry.settled |= match entry.mark.let_go() {
                None => !panicking,
                Some(outcome) => outcome != Outcome::Upgraded,
            };
        }
        (self.open, self.settled) = (false, true);
        holds.append(&mut self.sweep());
        self.note_quiet();
        holds
    }

    /// What was not counted before counts as cut. While a handler lives on, it holds. To be swept before.
    pub(super) fn cut(&mut self, hold: Option<&Hold>) {
        let tally = self.place.tally();
        for entry in self.entries.iter_mut().filter(|entry| entry.used) {
            if let Some(hold) = hold {
                entry.mark.keep(hold);
                entry.keeps = true;
            }
            if !entry.settled {
                entry.settle_as_cut(tally);
            }
        }
    }

    /// What was not seen since then at the latest counts as cut.
    pub(super) fn cut_unseen(&mut self, since: Instant) {
        self.settled = true;
        self.tally().count_cut(CutRequest { what: UNSEEN.to_owned(), age: since.elapsed() });
    }
}

impl Entry {
    fn new(place: &Arc<Place>) -> Self {
        let (mark, since) = (Arc::new(Mark::new(Arc::clone(place))), Instant::now());
        Self { mark, used: false, name: String::new(), since, settled: false, keeps: false }
    }

    /// What it held is to be dropped outside of all locks.
    #[must_use]
    fn end(&mut self, outcome: Outcome, tally: &Tally) -> Option<Hold> {
        self.used = false;
        match outcome {
            _ if self.settled => {}
            Outcome::Answered | Outcome::Upgraded => tally.count_finished(),
            Outcome::Panicked if tally.is_draining() => self.settle_as_cut(tally),
            Outcome::Unanswered | Outcome::Panicked => {}
        }
        // Asked for where there is one alone: it is behind a lock.
        std::mem::take(&mut self.keeps).then(|| self.mark.release()).flatten()
    }

    fn settle_as_cut(&mut self, tally: &Tally) {
        self.settled = true;
        tally.count_cut(self.as_cut());
    }

    /// Without control characters, which a path may have beyond ASCII.
    fn as_cut(&self) -> CutRequest {
        CutRequest { what: OneLine(&self.name).to_string(), age: self.since.elapsed() }
    }
}
