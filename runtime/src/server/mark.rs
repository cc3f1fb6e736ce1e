//! The mark of a request, which all have who have a part of it: its handler, its body, data on its way.
//!
//! # Invariants
//!
//! 1. The flights of a request are counted in its mark: without any it is let go.
//! 2. A flight says all that it knows before it lets go, and whoever finds that it did sees what it said: one flight of
//!    each request knows the outcome.
//! 3. Once the server drains, whoever lets go looks into the book: somebody waits for the end. It asks after it has let
//!    go: whoever begins the drain looks after, and one of the two sees the other.
//! 4. What a cut request holds is in its mark, which the last flight has even when the book is gone: a handler that blocks
//!    its thread outlives its server.

use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};

use axum::http::{Extensions, Method, Request, StatusCode, Version};

use super::conn::Conn;
use super::lock;
use super::tally::Tally;
use crate::state::Hold;

/// The connection that a request came by, as far as its requests know it.
#[derive(Debug)]
pub(super) struct Place {
    conn: Weak<Conn>,
    tally: Arc<Tally>,
    /// How often it was flushed.
    flushes: AtomicU64,
    /// What its handlers may ask for, where we tell them and not tonic.
    extensions: Extensions,
}

/// What is known of one request without looking into the book.
#[derive(Debug)]
pub(super) struct Mark {
    place: Arc<Place>,
    /// How many flights there are.
    held: AtomicU32,
    outcome: AtomicU8,
    /// How many flushes there had been when it was let go. What an earlier request has left here is no more than that.
    flushes: AtomicU64,
    hold: Mutex<Option<Hold>>,
}

/// A request that is not answered yet, in the hands of its handler, its body, or data that its client has not got.
#[derive(Debug)]
pub(super) struct Flight {
    /// None when it has been let go. Left to be dropped with the rest, it costs 2 % of the requests over HTTP/2.
    mark: Option<Arc<Mark>>,
    /// What it comes to if it ends here; none if another one knows.
    outcome: Option<Outcome>,
    pub(super) http2: bool,
    /// It asks for a tunnel.
    connect: bool,
    /// Others have it too.
    shared: bool,
}

/// What the answer to a request comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Outcome {
    /// Not all of it was handed over.
    Unanswered,
    /// All of it was handed over. It has left with the next flush.
    Answered,
    /// It is the connection itself now, and ends with it: a WebSocket.
    Upgraded,
    /// Its handler has panicked.
    Panicked,
}

impl Place {
    pub(super) fn new(conn: Weak<Conn>, tally: Arc<Tally>, extensions: Extensions) -> Arc<Self> {
        Arc::new(Self { conn, tally, flushes: AtomicU64::new(0), extensions })
    }

    #[inline]
    pub(super) fn tally(&self) -> &Arc<Tally> {
        &self.tally
    }

    /// What its handlers may ask for, where we tell them.
    #[inline]
    pub(super) fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// Everything that was written has left. By the IO alone.
    #[inline]
    pub(super) fn flushed(&self) {
        let flushes = self.flushes.load(Ordering::Relaxed);
        self.flushes.store(flushes + 1, Ordering::Release);
    }
}

impl Mark {
    #[inline]
    pub(super) fn new(place: Arc<Place>) -> Self {
        let (held, outcome, flushes) = (AtomicU32::new(0), AtomicU8::new(0), AtomicU64::new(0));
        Self { place, held, outcome, flushes, hold: Mutex::default() }
    }

    /// One flight has it: the first of another request. Under the lock of the book, whose sweep would else take it for
    /// one that was let go.
    #[inline]
    pub(super) fn begin(&self) {
        self.held.store(1, Ordering::Relaxed);
    }

    /// The outcome, if nobody has the request any more.
    pub(super) fn let_go(&self) -> Option<Outcome> {
        if self.held.load(Ordering::SeqCst) > 0 {
            return None;
        }
        let said = self.outcome.load(Ordering::Relaxed);
        let outcomes = [Outcome::Unanswered, Outcome::Answered, Outcome::Upgraded];
        Some(outcomes.into_iter().find(|outcome| *outcome as u8 == said).unwrap_or(Outcome::Panicked))
    }

    /// From now on the request holds its service.
    pub(super) fn keep(&self, hold: &Hold) {
        // Of the same service as the one before, if there was one: it is not the last.
        *lock(&self.hold) = Some(hold.clone());
    }

    /// What it held, to be dropped outside of all locks.
    #[must_use]
    pub(super) fn release(&self) -> Option<Hold> {
        lock(&self.hold).take()
    }

    #[cold]
    fn let_go_in_drain(&self) {
        if let Some(conn) = self.place.conn.upgrade() {
            conn.settle();
        }
    }

    /// Whether there was a flush since it was let go.
    pub(super) fn is_flushed(&self) -> bool {
        self.place.flushes.load(Ordering::Acquire) > self.flushes.load(Ordering::Relaxed)
    }
}

impl Flight {
    /// The first one.
    #[inline]
    pub(super) fn new<B>(mark: Arc<Mark>, request: &Request<B>) -> Self {
        let (http2, connect) = (request.version() == Version::HTTP_2, request.method() == Method::CONNECT);
        Self { mark: Some(mark), outcome: Some(Outcome::Unanswered), http2, connect, shared: false }
    }

    /// The connection that it came by.
    #[inline]
    pub(super) fn place(&self) -> Option<&Place> {
        self.mark.as_ref().map(|mark| &*mark.place)
    }

    /// Whether with this answer the request has become the connection.
    #[inline]
    pub(super) fn becomes_connection(&self, status: StatusCode) -> bool {
        status == StatusCode::SWITCHING_PROTOCOLS || (self.connect && status.is_success())
    }

    /// Whether there is nothing about its answer but to count it.
    #[inline]
    pub(super) fn is_plain(&self, status: StatusCode) -> bool {
        let turned_away = !self.http2 && self.mark.as_ref().is_some_and(|mark| mark.place.tally.turns_away());
        !turned_away && !self.becomes_connection(status)
    }

    /// Says whether all of the answer has been handed over.
    #[inline]
    pub(super) fn set_answered(&mut self, answered: bool) {
        self.outcome = Some(if answered { Outcome::Answered } else { Outcome::Unanswered });
    }

    /// The request has become the connection, and ends with it.
    pub(super) fn upgrade(mut self) {
        self.outcome = Some(Outcome::Upgraded);
    }

    /// For a part of the answer: the request does not end before it.
    #[inline]
    pub(super) fn share(&mut self) -> Self {
        self.shared = true;
        if let Some(mark) = &self.mark {
            mark.held.fetch_add(1, Ordering::Relaxed);
        }
        Self { mark: self.mark.clone(), outcome: None, ..*self }
    }
}

impl Drop for Flight {
    #[inline]
    fn drop(&mut self) {
        let Some(mark) = self.mark.take() else { return };
        if let Some(outcome) = self.outcome {
            let outcome = if std::thread::panicking() { Outcome::Panicked } else { outcome };
            mark.outcome.store(outcome as u8, Ordering::Relaxed);
        }
        let flushes = mark.place.flushes.load(Ordering::Relaxed);
        if self.shared {
            mark.flushes.fetch_max(flushes, Ordering::Relaxed);
        } else {
            mark.flushes.store(flushes, Ordering::Relaxed);
        }
        mark.held.fetch_sub(1, Ordering::SeqCst);
        if mark.place.tally.is_draining() {
            mark.let_go_in_drain();
        }
    }
}
