//! The book of one connection: its requests, from their first byte read to the last byte of their answer written.
//!
//! # Invariants
//!
//! 1. A request is in the book until its handler and its body are gone and its answer has been flushed, or until
//!    nobody will ever flush it.
//! 2. A request is counted once: as finished, as cut, or, when its client left, not at all.
//! 3. After [`Conn::cut`] no request of the connection counts as finished.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use axum::http::uri::PathAndQuery;
use axum::http::{Method, Request};
use futures_util::task::AtomicWaker;
use tokio::time::Instant;

use super::lock;
use super::tally::Tally;
use crate::report::Cut;
use crate::stopping::Hold;

/// One connection, whatever it is made of.
#[derive(Debug)]
pub(super) struct Conn {
    cut: AtomicBool,
    /// Some request waits for the next flush: spares the lock where there is none.
    unflushed: AtomicBool,
    /// One for each direction, since a WebSocket can be split between two tasks.
    pub(super) reader: AtomicWaker,
    pub(super) writer: AtomicWaker,
    tally: Arc<Tally>,
    book: Mutex<Book>,
}

#[derive(Debug)]
struct Book {
    next: u64,
    requests: Vec<Entry>,
    /// When it opened, or its last request ended.
    quiet_since: Instant,
    open: bool,
}

#[derive(Debug)]
struct Entry {
    key: u64,
    what: What,
    since: Instant,
    state: State,
    _hold: Option<Hold>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Its handler runs or its body is not at its end.
    Running,
    /// All of its answer is on its way to the socket.
    Answered,
    /// The connection is its own now: a WebSocket.
    Upgraded,
    /// Counted as cut; its handler may still run.
    Cut,
    /// Its client left; its handler may still run.
    Gone,
}

/// What a request is, for the report.
#[derive(Debug, Clone)]
pub(super) struct What {
    /// None for gRPC, where it is always the same.
    method: Option<Method>,
    path: Option<PathAndQuery>,
}

/// A request in its handler's hands. Dropped when its handler and its body are gone.
#[derive(Debug)]
pub(super) struct Flight {
    conn: Arc<Conn>,
    key: u64,
    answered: bool,
}

impl Conn {
    pub(super) fn new(tally: Arc<Tally>) -> Self {
        Self::with(tally, true)
    }

    /// For requests whose connection is not known: nobody flushes it.
    pub(super) fn detached(tally: Arc<Tally>) -> Self {
        Self::with(tally, false)
    }

    fn with(tally: Arc<Tally>, open: bool) -> Self {
        let book = Book { next: 0, requests: Vec::new(), quiet_since: Instant::now(), open };
        Self {
            cut: AtomicBool::new(false),
            unflushed: AtomicBool::new(false),
            reader: AtomicWaker::new(),
            writer: AtomicWaker::new(),
            tally,
            book: Mutex::new(book),
        }
    }

    pub(super) fn is_cut(&self) -> bool {
        self.cut.load(Ordering::SeqCst)
    }

    pub(super) fn begin(self: &Arc<Self>, what: What) -> Flight {
        let mut book = lock(&self.book);
        let key = book.next;
        book.next += 1;
        let mut entry = Entry { key, what, since: Instant::now(), state: State::Running, _hold: None };
        if self.is_cut() {
            // hyper had read it before the connection was cut.
            entry.count_cut(&self.tally);
        }
        book.requests.push(entry);
        Flight { conn: Arc::clone(self), key, answered: false }
    }

    /// Everything written has left: what was answered is finished.
    pub(super) fn flushed(&self) {
        if self.unflushed.swap(false, Ordering::AcqRel) {
            let mut book = lock(&self.book);
            book.remove(&self.tally, |entry| entry.state == State::Answered);
        }
    }

    /// The IO is gone: whoever still waits for an answer has left.
    pub(super) fn closed(&self) {
        let mut book = lock(&self.book);
        book.open = false;
        book.remove(&self.tally, |entry| entry.state == State::Upgraded);
        book.requests.retain(|entry| entry.state != State::Answered);
        for entry in &mut book.requests {
            if entry.state == State::Running {
                entry.state = State::Gone;
            }
        }
    }

    /// From here on all IO fails. The caller closes the socket.
    pub(super) fn cut(&self, hold: Option<&Hold>) {
        {
            let mut book = lock(&self.book);
            self.cut.store(true, Ordering::SeqCst);
            book.cut(&self.tally, hold);
        }
        self.wake();
    }

    /// Cuts the connection if it has carried no request since `since`; else tells since when it has been quiet, if
    /// it is.
    pub(super) fn cut_if_quiet(&self, since: Instant) -> Quiet {
        {
            let book = lock(&self.book);
            if !book.requests.is_empty() {
                return Quiet::Busy;
            }
            if book.quiet_since > since {
                return Quiet::Since(book.quiet_since);
            }
            self.cut.store(true, Ordering::SeqCst);
        }
        self.wake();
        Quiet::Cut
    }

    fn wake(&self) {
        self.reader.wake();
        self.writer.wake();
    }

    /// Whether nothing of it is left.
    pub(super) fn is_over(&self) -> bool {
        let book = lock(&self.book);
        !book.open && book.requests.is_empty()
    }

    /// How many handlers and upgraded connections are alive, and the oldest.
    pub(super) fn in_flight(&self) -> (usize, Option<Cut>) {
        let book = lock(&self.book);
        let oldest = book.requests.iter().min_by_key(|entry| entry.since).map(Entry::as_cut);
        (book.requests.len(), oldest)
    }

    fn end(&self, key: u64, answered: bool) {
        {
            let mut book = lock(&self.book);
            if book.end(key, answered, &self.tally) {
                // Inside the lock, so that a flush which sees it finds the request answered.
                self.unflushed.store(true, Ordering::Release);
            }
        }
        self.tally.changed();
    }
}

/// What [`Conn::cut_if_quiet`] found.
#[derive(Debug, Clone, Copy)]
pub(super) enum Quiet {
    Busy,
    Since(Instant),
    Cut,
}

impl Book {
    /// Ends a handler; says whether its answer waits for a flush.
    fn end(&mut self, key: u64, answered: bool, tally: &Tally) -> bool {
        let Some(place) = self.requests.iter().position(|entry| entry.key == key) else { return false };
        let entry = &mut self.requests[place];
        match entry.state {
            State::Upgraded => return false,
            State::Running if answered && self.open => {
                entry.state = State::Answered;
                return true;
            }
            State::Running if answered => tally.count_finished(),
            // A panic in a handler, which is unwinding now.
            State::Running if std::thread::panicking() && tally.is_draining() => entry.count_cut(tally),
            _ => {}
        }
        self.requests.swap_remove(place);
        self.quiet_since = Instant::now();
        false
    }

    /// Removes requests that are finished.
    fn remove(&mut self, tally: &Tally, finished: impl Fn(&Entry) -> bool) {
        let before = self.requests.len();
        self.requests.retain(|entry| {
            let finished = finished(entry);
            if finished {
                tally.count_finished();
            }
            !finished
        });
        if self.requests.len() < before {
            self.quiet_since = Instant::now();
            tally.changed();
        }
    }

    fn cut(&mut self, tally: &Tally, hold: Option<&Hold>) {
        for entry in &mut self.requests {
            entry._hold = hold.cloned();
            if !matches!(entry.state, State::Cut | State::Gone) {
                entry.count_cut(tally);
            }
        }
    }
}

impl Entry {
    fn count_cut(&mut self, tally: &Tally) {
        self.state = State::Cut;
        tally.count_cut(self.as_cut());
    }

    fn as_cut(&self) -> Cut {
        Cut { what: self.what.to_string(), age: self.since.elapsed() }
    }
}

impl What {
    pub(super) fn http<B>(request: &Request<B>) -> Self {
        Self { method: Some(request.method().clone()), ..Self::grpc(request) }
    }

    pub(super) fn grpc<B>(request: &Request<B>) -> Self {
        Self { method: None, path: request.uri().path_and_query().cloned() }
    }
}

/// Without the query, which may hold secrets.
impl std::fmt::Display for What {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(method) = &self.method {
            write!(f, "{method} ")?;
        }
        f.write_str(self.path.as_ref().map_or("", PathAndQuery::path))
    }
}

impl Flight {
    /// Says whether all of the answer has been handed over.
    pub(super) fn set_answered(&mut self, answered: bool) {
        self.answered = answered;
    }

    /// The request has become the connection, and ends with it.
    pub(super) fn upgrade(self) {
        let mut book = lock(&self.conn.book);
        if let Some(entry) = book.requests.iter_mut().find(|entry| entry.key == self.key)
            && entry.state == State::Running
        {
            entry.state = State::Upgraded;
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.conn.end(self.key, self.answered);
    }
}
