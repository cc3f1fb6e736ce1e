//! One connection, as its requests, its IO and the stop know it: its requests in flight, and whether it was cut.
//!
//! # Invariants
//!
//! 1. `is_cut` is set under the lock of the requests in flight: a request begins before, and is counted by the cut, or
//!    after, and is counted as cut when it begins.
//! 2. `is_cut` is set before the socket is closed, which wakes the tasks that poll it, and read after each poll: no cut
//!    is missed.

mod cut;

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use axum::http::Extensions;
use service_group::CutRequest;

pub(crate) use self::cut::{GOODBYE, IdlePolicy};
use super::in_flight::{InFlight, Key, Released};
use super::name::RequestName;
use super::request_state::AnswerState;
use crate::state::ServerState;
use crate::sync::lock;

/// One connection.
///
/// The flags order no other memory, so that `Relaxed` is enough, except for `is_cut`: see its method.
#[derive(Debug)]
pub(crate) struct ConnShared {
    state: Arc<ServerState>,
    /// What its handlers find in the extensions of their request, if this crate inserts it and not tonic.
    extensions: Extensions,
    in_flight: Mutex<InFlight>,
    is_cut: AtomicBool,
    /// An answer waits for a flush. It changes under the lock of `in_flight`, and is read without it, so that a flush
    /// without an answer takes no lock. A flush that misses the change leaves the answer to the next one, and the last
    /// one to the shutdown (`connection/io.rs`).
    has_unflushed: AtomicBool,
    /// The peer has answered the goodbye. If an empty connection goes on nevertheless, it carries something unseen.
    has_answered_goodbye: AtomicBool,
    /// All has been sent that there was to send.
    is_shut: AtomicBool,
    /// The peer speaks HTTP/2, and so reads at all times.
    is_http2: AtomicBool,
    /// How often bytes have come; zero where the IO is not known. Requests over HTTP/2 with no read in between begin at the
    /// same time, also those that waited in a layer of the user's.
    reads: AtomicU32,
    /// Bytes have come since a request last began or ended: without a request in flight, they are part of a head.
    has_head_bytes: AtomicBool,
}

impl ConnShared {
    pub(crate) fn new(state: Arc<ServerState>, extensions: Extensions) -> Arc<Self> {
        let in_flight = InFlight::new(Arc::clone(&state));
        Arc::new(Self::with(state, extensions, in_flight))
    }

    /// For requests whose connection is not known.
    #[cfg(feature = "grpc")]
    pub(crate) fn unknown(state: Arc<ServerState>) -> Arc<Self> {
        let in_flight = InFlight::unknown(Arc::clone(&state));
        Arc::new(Self::with(state, Extensions::new(), in_flight))
    }

    /// For requests whose connection is closed.
    #[cfg(feature = "grpc")]
    pub(crate) fn closed(state: Arc<ServerState>) -> Arc<Self> {
        let in_flight = InFlight::closed(Arc::clone(&state));
        Arc::new(Self::with(state, Extensions::new(), in_flight))
    }

    fn with(state: Arc<ServerState>, extensions: Extensions, in_flight: InFlight) -> Self {
        let [is_cut, has_unflushed, has_answered_goodbye, is_shut, is_http2, has_head_bytes] =
            [const { AtomicBool::new(false) }; 6];
        let in_flight = Mutex::new(in_flight);
        Self {
            state,
            extensions,
            in_flight,
            is_cut,
            has_unflushed,
            has_answered_goodbye,
            is_shut,
            is_http2,
            reads: AtomicU32::new(0),
            has_head_bytes,
        }
    }

    #[inline]
    pub(crate) fn state(&self) -> &Arc<ServerState> {
        &self.state
    }

    #[inline]
    pub(crate) fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// Returns whether the connection was cut.
    #[inline]
    pub(crate) fn is_cut(&self) -> bool {
        // SeqCst, as the stores (invariant 2): the waker of a poll is registered before this load, and the cut wakes after
        // its store, so that the poll sees the cut or is woken.
        self.is_cut.load(Ordering::SeqCst)
    }

    /// Enters a request under this name.
    #[inline]
    pub(super) fn begin(&self, http2: bool, name: RequestName<'_>) -> Key {
        if http2 {
            self.set_http2();
        } else {
            self.has_head_bytes.store(false, Ordering::Relaxed);
        }
        // Over HTTP/1, a pipelined request waits for the answer to the one before.
        let read = if http2 { NonZeroU32::new(self.reads.load(Ordering::Relaxed)) } else { None };
        let mut in_flight = lock(&self.in_flight);
        let key = in_flight.begin(name, read);
        if self.is_cut() {
            // hyper had read it before the connection was cut.
            in_flight.cut(None);
        }
        key
    }

    #[inline]
    pub(super) fn share(&self, key: Key) {
        lock(&self.in_flight).share(key);
    }

    /// Counts a request as cut, though the connection goes on.
    pub(super) fn count_cut(&self, key: Key) {
        lock(&self.in_flight).count_cut(key);
    }

    /// The body of an answer has handed over all of it.
    pub(super) fn end(&self, key: Key) {
        lock(&self.in_flight).end(key);
    }

    /// Removes a guard of a request, which may know how the answer ended.
    #[inline]
    pub(super) fn release(&self, key: Key, answer: Option<AnswerState>) {
        let mut in_flight = lock(&self.in_flight);
        let released = in_flight.release(key, answer);
        if in_flight.has_unflushed() {
            self.has_unflushed.store(true, Ordering::Relaxed);
        }
        drop(in_flight);
        self.finish(released);
    }

    /// Everything written has left.
    #[inline]
    pub(crate) fn flushed(&self) {
        if !self.has_unflushed.load(Ordering::Relaxed) {
            return;
        }
        let mut in_flight = lock(&self.in_flight);
        self.has_unflushed.store(false, Ordering::Relaxed);
        let released = in_flight.flushed();
        drop(in_flight);
        self.finish(released);
    }

    /// Notifies the stop of requests that are over. The caller has released the lock: invariant 4 of `in_flight.rs`.
    #[inline]
    fn finish(&self, released: Released) {
        if released.is_over {
            self.has_head_bytes.store(false, Ordering::Relaxed);
            self.state.notify_change();
        }
        drop(released.holds);
    }

    /// The peer has sent something.
    #[inline]
    pub(crate) fn received(&self) {
        self.has_head_bytes.store(true, Ordering::Relaxed);
        let reads = self.reads.load(Ordering::Relaxed);
        self.reads.store(reads.wrapping_add(1), Ordering::Relaxed);
    }

    /// The peer has answered the goodbye.
    #[cfg(feature = "grpc")]
    pub(crate) fn set_answered_goodbye(&self) {
        self.has_answered_goodbye.store(true, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn set_http2(&self) {
        // A store takes the cache line from the other threads: once a connection.
        if !self.is_http2.load(Ordering::Relaxed) {
            self.is_http2.store(true, Ordering::Relaxed);
        }
    }

    /// Returns whether a request head of HTTP/1 has begun and is not complete.
    #[cfg(feature = "http")]
    #[inline]
    pub(crate) fn is_reading_head(&self) -> bool {
        self.has_head_bytes.load(Ordering::Relaxed)
            && !self.is_http2.load(Ordering::Relaxed)
            && lock(&self.in_flight).is_empty()
    }

    /// All has been sent, and only the end of the peer is waited for.
    pub(crate) fn shut(&self) {
        self.is_shut.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_shut(&self) -> bool {
        self.is_shut.load(Ordering::Relaxed)
    }

    /// The IO is gone. Returns whether nothing of the connection is left.
    pub(crate) fn close(&self) -> bool {
        let mut in_flight = lock(&self.in_flight);
        let holds = in_flight.close();
        let is_over = in_flight.is_empty();
        drop(in_flight);
        // Invariant 4 of in_flight.rs.
        drop(holds);
        is_over
    }

    /// The number of requests in flight.
    pub(crate) fn requests(&self) -> usize {
        lock(&self.in_flight).len()
    }

    /// The oldest request in flight.
    pub(crate) fn oldest(&self) -> Option<CutRequest> {
        lock(&self.in_flight).oldest()
    }

    /// The number of requests that there is room for.
    #[cfg(test)]
    pub(crate) fn capacity(&self) -> usize {
        lock(&self.in_flight).capacity()
    }
}
