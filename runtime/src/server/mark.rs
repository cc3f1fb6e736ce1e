//! The mark of a request, which all have who have a part of it: its handler, its body, data on its way.
//!
//! # Invariants
//!
//! 1. The book has each mark once, and nobody else but flights: one that only the book has is let go.
//! 2. A flight says all that it knows before it lets go, and whoever finds that it did sees what it said: one flight of
//!    each request knows the outcome.
//! 3. Once the server drains, whoever lets go looks into the book: somebody waits for the end.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering, fence};
use std::sync::{Arc, Weak};

use axum::http::{Method, Request, StatusCode, Version};

use super::conn::Conn;
use super::tally::Tally;

/// The connection that a request came by.
#[derive(Debug, Clone)]
pub(super) struct Place {
    conn: Weak<Conn>,
    tally: Arc<Tally>,
    /// How often it was flushed.
    flushes: Arc<AtomicU64>,
}

/// What is known of one request without looking into the book.
#[derive(Debug)]
pub(super) struct Mark {
    place: Place,
    outcome: AtomicU8,
    /// How many flushes there had been when it was let go. What an earlier request has left here is no more than that.
    flushes: AtomicU64,
}

/// A request that is not answered yet, in the hands of its handler, its body, or data that its client has not got.
#[derive(Debug)]
pub(super) struct Flight {
    /// None when it has been let go.
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
    pub(super) fn new(conn: Weak<Conn>, tally: Arc<Tally>) -> Self {
        Self { conn, tally, flushes: Arc::default() }
    }

    pub(super) fn tally(&self) -> &Arc<Tally> {
        &self.tally
    }

    /// Everything that was written has left. By the IO alone.
    pub(super) fn flushed(&self) {
        let flushes = self.flushes.load(Ordering::Relaxed);
        self.flushes.store(flushes + 1, Ordering::Release);
    }
}

impl Mark {
    pub(super) fn new(place: Place) -> Self {
        Self { place, outcome: AtomicU8::default(), flushes: AtomicU64::default() }
    }

    /// The outcome, if only the book has it.
    pub(super) fn let_go(self: &Arc<Self>) -> Option<Outcome> {
        if Arc::strong_count(self) > 1 {
            return None;
        }
        // Pairs with the release of whoever let go.
        fence(Ordering::Acquire);
        let said = self.outcome.load(Ordering::Relaxed);
        let outcomes = [Outcome::Unanswered, Outcome::Answered, Outcome::Upgraded];
        Some(outcomes.into_iter().find(|outcome| *outcome as u8 == said).unwrap_or(Outcome::Panicked))
    }

    /// Whether there was a flush since it was let go.
    pub(super) fn is_flushed(&self) -> bool {
        self.place.flushes.load(Ordering::Acquire) > self.flushes.load(Ordering::Relaxed)
    }
}

impl Flight {
    pub(super) fn new<B>(mark: Arc<Mark>, request: &Request<B>) -> Self {
        let (http2, connect) = (request.version() == Version::HTTP_2, request.method() == Method::CONNECT);
        Self { mark: Some(mark), outcome: Some(Outcome::Unanswered), http2, connect, shared: false }
    }

    /// Whether with this answer the request has become the connection.
    pub(super) fn becomes_connection(&self, status: StatusCode) -> bool {
        status == StatusCode::SWITCHING_PROTOCOLS || (self.connect && status.is_success())
    }

    /// Whether there is nothing about its answer but to count it.
    pub(super) fn is_plain(&self, status: StatusCode) -> bool {
        let turned_away = !self.http2 && self.mark.as_ref().is_some_and(|mark| mark.place.tally.turns_away());
        !turned_away && !self.becomes_connection(status)
    }

    /// Says whether all of the answer has been handed over.
    pub(super) fn set_answered(&mut self, answered: bool) {
        self.outcome = Some(if answered { Outcome::Answered } else { Outcome::Unanswered });
    }

    /// The request has become the connection, and ends with it.
    pub(super) fn upgrade(mut self) {
        self.outcome = Some(Outcome::Upgraded);
    }

    /// For a part of the answer: the request does not end before it.
    pub(super) fn share(&mut self) -> Self {
        self.shared = true;
        Self { mark: self.mark.clone(), outcome: None, ..*self }
    }
}

impl Drop for Flight {
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
        if mark.place.tally.is_draining() {
            let_go(mark);
        }
    }
}

#[cold]
fn let_go(mark: Arc<Mark>) {
    let conn = mark.place.conn.upgrade();
    drop(mark);
    conn.inspect(|conn| conn.settle());
}
