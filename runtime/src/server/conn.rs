//! One connection: its book, and the switch that cuts it.
//!
//! # Invariants
//!
//! 1. The switch is thrown under the lock of the book: a request is entered before, and is seen by whoever cuts, or
//!    after, and counts as cut at once.
//! 2. It is stored before the socket is closed, which wakes whoever polls it, and looked at after each poll: no cut is
//!    missed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::time::Instant;

use super::book::{Book, What};
use super::lock;
use super::stop::GOODBYE;
use super::tally::Tally;
use crate::report::Cut;
use crate::stopping::Hold;

/// Which connections without a request are not cut yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spared {
    /// Those that may carry a call that we do not see.
    pub(super) unseen: bool,
    /// Those that have carried a request, and so have a peer that answers.
    pub(super) known: bool,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Conn {
    cut: AtomicBool,
    /// The peer has answered when it was told to end. Where that does not end an empty connection, there is something
    /// on it that we do not see.
    heard: AtomicBool,
    /// All has been said on it that there was to say.
    shut: AtomicBool,
    /// Its peer speaks HTTP/2, and so reads at all times.
    http2: AtomicBool,
    /// Some request waits for the next flush: spares the lock where there is none.
    unflushed: AtomicBool,
    pub(super) tally: Arc<Tally>,
    book: Mutex<Book>,
}

/// A request that is not answered yet; shared by its handler, its body and the data that its client has not got.
#[derive(Debug)]
pub(super) struct Flight {
    conn: Arc<Conn>,
    key: u64,
    answered: AtomicBool,
}

impl Conn {
    pub(super) fn new(tally: Arc<Tally>) -> Self {
        let book = Book::new(true, &tally);
        Self::with(tally, book)
    }

    /// For requests whose connection is not known: nobody flushes it.
    pub(super) fn detached(tally: Arc<Tally>) -> Self {
        let book = Book::new(false, &tally);
        Self::with(tally, book)
    }

    /// For requests whose connection is gone.
    pub(super) fn gone(tally: Arc<Tally>) -> Self {
        let book = Book::settled(&tally);
        Self::with(tally, book)
    }

    fn with(tally: Arc<Tally>, book: Book) -> Self {
        let [cut, heard, shut, http2, unflushed] = [const { AtomicBool::new(false) }; 5];
        Self { cut, heard, shut, http2, unflushed, tally, book: Mutex::new(book) }
    }

    pub(super) fn is_cut(&self) -> bool {
        self.cut.load(Ordering::SeqCst)
    }

    pub(super) fn begin(self: &Arc<Self>, what: What) -> Flight {
        let mut book = lock(&self.book);
        let key = book.begin(what);
        if self.is_cut() {
            // hyper had read it before the connection was cut.
            book.cut(None, &self.tally);
        }
        Flight { conn: Arc::clone(self), key, answered: AtomicBool::new(false) }
    }

    /// The peer has said something.
    pub(super) fn hear(&self) {
        if self.tally.blind_since().is_some() {
            self.heard.store(true, Ordering::Relaxed);
        }
    }

    /// All has been said, and only the peer's end is waited for.
    pub(super) fn shut(&self) {
        self.shut.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_shut(&self) -> bool {
        self.shut.load(Ordering::Relaxed)
    }

    /// Whether there are calls in it that we do not see, and since when at the latest.
    fn unseen(&self, book: &Book) -> Option<Instant> {
        let unseen = book.open && book.is_empty() && self.heard.load(Ordering::Relaxed) && !self.is_shut();
        self.tally.blind_since().filter(|since| unseen && since.elapsed() >= GOODBYE)
    }

    /// Everything that was written has left.
    pub(super) fn flushed(&self) {
        // Most flushes find nothing, and a swap costs more than a look.
        if self.unflushed.load(Ordering::Acquire) && self.unflushed.swap(false, Ordering::AcqRel) {
            let holds = lock(&self.book).flush(&self.tally);
            self.tally.changed();
            drop(holds);
        }
    }

    /// The IO is gone. What it gives is to be dropped outside of all locks.
    #[must_use]
    pub(super) fn closed(&self) -> Vec<Hold> {
        lock(&self.book).close(&self.tally)
    }

    /// From here on all IO fails. The caller closes the socket.
    pub(super) fn cut(&self, hold: Option<&Hold>) {
        let mut book = lock(&self.book);
        let cut_before = self.cut.swap(true, Ordering::SeqCst);
        if let Some(since) = self.unseen(&book).filter(|_| !cut_before) {
            book.cut_unseen(since, &self.tally);
        }
        book.cut(hold, &self.tally);
    }

    /// Cuts the connection if it has carried no request since `since`, and says whether it did. The caller closes the
    /// socket.
    pub(super) fn cut_if_quiet(&self, since: Instant, spared: Spared) -> bool {
        let book = lock(&self.book);
        let awaited = !self.is_shut() || self.http2.load(Ordering::Relaxed);
        let known = book.has_carried() && awaited;
        let spared = (spared.known && known) || (spared.unseen && self.unseen(&book).is_some());
        let quiet = book.is_quiet(since) && !spared;
        if quiet {
            self.cut.store(true, Ordering::SeqCst);
        }
        quiet
    }

    /// Whether nothing of it is left.
    pub(super) fn is_over(&self) -> bool {
        let book = lock(&self.book);
        !book.open && book.is_empty()
    }

    /// How many requests are in the book, and the oldest.
    pub(super) fn in_flight(&self) -> (usize, Option<Cut>) {
        lock(&self.book).in_flight()
    }
}

impl Flight {
    pub(super) fn tally(&self) -> &Tally {
        &self.conn.tally
    }

    /// Says whether all of the answer has been handed over.
    pub(super) fn set_answered(&self, answered: bool) {
        self.answered.store(answered, Ordering::Release);
    }

    /// Notes that the connection speaks HTTP/2.
    pub(super) fn note_http2(&self) {
        self.conn.http2.store(true, Ordering::Relaxed);
    }

    /// The request has become the connection, and ends with it.
    pub(super) fn upgrade(&self) {
        lock(&self.conn.book).upgrade(self.key);
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let conn = &self.conn;
        let hold = {
            let mut book = lock(&conn.book);
            let end = book.end(self.key, self.answered.load(Ordering::Acquire), &conn.tally);
            if end.waits_for_flush {
                // Under the lock, so that a flush which sees it finds the request answered.
                conn.unflushed.store(true, Ordering::Release);
            }
            end.hold
        };
        conn.tally.changed();
        drop(hold);
    }
}
