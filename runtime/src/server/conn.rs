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

use axum::http::{Extensions, Request, Version};
use tokio::time::Instant;

use super::bell::Bell;
use super::book::Book;
use super::lock;
use super::mark::{Flight, Place};
use super::stop::GOODBYE;
use super::tally::Tally;
use crate::model::CutRequest;
use crate::state::Hold;

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
    /// Bytes have come since the last request began.
    fresh: AtomicBool,
    open: AtomicBool,
    place: Arc<Place>,
    book: Mutex<Book>,
    /// Wakes who serves it, if that is us, when it shall end.
    pub(super) server: Arc<Bell>,
}

impl Conn {
    /// `extensions` are what its handlers may ask for, where we tell them.
    pub(super) fn new(tally: Arc<Tally>, extensions: Extensions) -> Arc<Self> {
        Self::with(tally, extensions, |place| Book::new(true, place))
    }

    /// For requests whose connection is not known: nobody flushes it.
    pub(super) fn detached(tally: Arc<Tally>) -> Arc<Self> {
        Self::with(tally, Extensions::new(), |place| Book::new(false, place))
    }

    /// For requests whose connection is gone.
    pub(super) fn gone(tally: Arc<Tally>) -> Arc<Self> {
        Self::with(tally, Extensions::new(), Book::settled)
    }

    fn with(tally: Arc<Tally>, extensions: Extensions, book: impl FnOnce(Arc<Place>) -> Book) -> Arc<Self> {
        Arc::new_cyclic(|conn| {
            let place = Place::new(conn.clone(), tally, extensions);
            let book = book(Arc::clone(&place));
            let open = AtomicBool::new(book.open);
            let [cut, heard, shut, http2, fresh] = [const { AtomicBool::new(false) }; 5];
            let (book, server) = (Mutex::new(book), Arc::default());
            Self { cut, heard, shut, http2, fresh, open, place, book, server }
        })
    }

    #[inline]
    pub(super) fn place(&self) -> &Arc<Place> {
        &self.place
    }

    #[inline]
    pub(super) fn tally(&self) -> &Tally {
        self.place.tally()
    }

    #[inline]
    pub(super) fn is_cut(&self) -> bool {
        self.cut.load(Ordering::SeqCst)
    }

    /// Enters a request into the book, under this name.
    #[inline]
    pub(super) fn begin<B>(&self, request: &Request<B>, name: impl FnOnce(&mut String)) -> Flight {
        if request.version() == Version::HTTP_2 && !self.http2.load(Ordering::Relaxed) {
            self.http2.store(true, Ordering::Relaxed);
        }
        let fresh = self.fresh.load(Ordering::Relaxed);
        if fresh {
            self.fresh.store(false, Ordering::Relaxed);
        }
        let mut book = lock(&self.book);
        let (mark, holds) = book.begin(fresh, name);
        if self.is_cut() {
            // hyper had read it before the connection was cut.
            book.cut(None);
        }
        drop(book);
        drop(holds);
        Flight::new(mark, request)
    }

    /// Looks into the book, without what has ended.
    fn look<R>(&self, look: impl FnOnce(&mut Book) -> R) -> R {
        let mut book = lock(&self.book);
        let holds = book.sweep();
        let seen = look(&mut book);
        drop(book);
        drop(holds);
        seen
    }

    /// Takes out of the book what has ended, and tells the stop, if there is one.
    #[cold]
    pub(super) fn settle(&self) {
        self.look(|_| ());
        self.tally().changed();
    }

    /// The peer has said something.
    #[inline]
    pub(super) fn hear(&self) {
        self.fresh.store(true, Ordering::Relaxed);
        if self.tally().blind_since().is_some() {
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
        self.tally().blind_since().filter(|since| unseen && since.elapsed() >= GOODBYE)
    }

    /// Everything that was written has left.
    #[inline]
    pub(super) fn flushed(&self) {
        self.place.flushed();
        if self.tally().is_draining() {
            self.settle();
        }
    }

    /// Whether its IO is alive.
    #[cfg(feature = "tonic")]
    #[inline]
    pub(super) fn is_open(&self) -> bool {
        self.open.load(Ordering::Relaxed)
    }

    /// The IO is gone. What it gives is to be dropped outside of all locks.
    #[must_use]
    pub(super) fn closed(&self) -> Vec<Hold> {
        self.open.store(false, Ordering::Relaxed);
        lock(&self.book).close()
    }

    /// From here on all IO fails. The caller closes the socket.
    pub(super) fn cut(&self, hold: Option<&Hold>) {
        self.look(|book| {
            let cut_before = self.cut.swap(true, Ordering::SeqCst);
            if let Some(since) = self.unseen(book).filter(|_| !cut_before) {
                book.cut_unseen(since);
            }
            book.cut(hold);
        });
    }

    /// Cuts the connection if it has carried no request since `since`, and says whether it did. The caller closes the
    /// socket.
    pub(super) fn cut_if_quiet(&self, since: Instant, spared: Spared) -> bool {
        self.look(|book| {
            let awaited = !self.is_shut() || self.http2.load(Ordering::Relaxed);
            let known = book.has_carried() && awaited;
            let spared = (spared.known && known) || (spared.unseen && self.unseen(book).is_some());
            let quiet = book.is_quiet(since) && !spared;
            if quiet {
                self.cut.store(true, Ordering::SeqCst);
            }
            quiet
        })
    }

    /// Whether nothing of it is left. What it adds to `holds` is to be dropped outside of all locks.
    pub(super) fn is_over(&self, holds: &mut Vec<Hold>) -> bool {
        let mut book = lock(&self.book);
        holds.append(&mut book.sweep());
        book.is_over()
    }

    /// How many requests are in the book, and the oldest.
    pub(super) fn in_flight(&self) -> (usize, Option<CutRequest>) {
        self.look(|book| book.in_flight())
    }

    /// How many requests there is room for.
    #[cfg(test)]
    pub(super) fn room(&self) -> usize {
        lock(&self.book).capacity()
    }
}
