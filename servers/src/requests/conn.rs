//! One connection, as its requests, its IO and the stop know it: its requests in flight, and the switch that cuts it.
//!
//! # Invariants
//!
//! 1. The switch is thrown under the lock of the requests in flight: a request begins before, and is counted by the cut,
//!    or after, and is counted as cut when it begins.
//! 2. The switch is thrown before the socket is closed, which wakes the tasks that poll it, and read after each poll: no
//!    cut is missed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::Extensions;
use service_group::{CutRequest, Hold};
use tokio::time::Instant;

use super::in_flight::{InFlight, Key, Outcome};
use crate::state::ServerState;
use crate::sync::lock;

/// How long a connection without a request may take for its goodbye: HTTP/2 needs a round trip for it, in which a last
/// request may cross.
pub(crate) const GOODBYE: Duration = Duration::from_millis(100);

/// Which connections without a request are not cut yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IdlePolicy {
    /// Those that may carry a call that this crate does not see.
    pub(crate) spares_unseen: bool,
    /// Those that have carried a request, and so have a peer that answers.
    pub(crate) spares_known: bool,
}

/// One connection.
///
/// The flags order no other memory, so that `Relaxed` does, except for the switch: see there.
#[derive(Debug)]
pub(crate) struct ConnShared {
    state: Arc<ServerState>,
    /// What its handlers find in the extensions of their request, if this crate inserts it and not tonic.
    extensions: Extensions,
    in_flight: Mutex<InFlight>,
    is_cut: AtomicBool,
    is_open: AtomicBool,
    /// An answer waits for a flush.
    has_unflushed: AtomicBool,
    /// The peer has answered the goodbye. If an empty connection goes on nevertheless, it carries something unseen.
    has_answered_goodbye: AtomicBool,
    /// All has been sent that there was to send.
    is_shut: AtomicBool,
    /// The peer speaks HTTP/2, and so reads at all times.
    is_http2: AtomicBool,
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
    pub(crate) fn detached(state: Arc<ServerState>) -> Arc<Self> {
        let in_flight = InFlight::detached(Arc::clone(&state));
        Arc::new(Self::with(state, Extensions::new(), in_flight))
    }

    /// For requests whose connection is closed.
    #[cfg(feature = "grpc")]
    pub(crate) fn gone(state: Arc<ServerState>) -> Arc<Self> {
        let in_flight = InFlight::settled(Arc::clone(&state));
        Arc::new(Self::with(state, Extensions::new(), in_flight))
    }

    fn with(state: Arc<ServerState>, extensions: Extensions, in_flight: InFlight) -> Self {
        let is_open = AtomicBool::new(in_flight.is_open());
        let [is_cut, has_unflushed, has_answered_goodbye, is_shut, is_http2, has_head_bytes] =
            [const { AtomicBool::new(false) }; 6];
        let in_flight = Mutex::new(in_flight);
        Self {
            state,
            extensions,
            in_flight,
            is_cut,
            is_open,
            has_unflushed,
            has_answered_goodbye,
            is_shut,
            is_http2,
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

    /// `SeqCst`, as the store: the waker of a poll is registered before this, and the cut wakes after its store, so that
    /// the poll sees the cut or is woken.
    #[inline]
    pub(crate) fn is_cut(&self) -> bool {
        self.is_cut.load(Ordering::SeqCst)
    }

    /// Enters a request under this name.
    #[inline]
    pub(super) fn begin(&self, http2: bool, name: impl FnOnce(&mut String)) -> Key {
        if http2 {
            self.set_http2();
        } else {
            self.has_head_bytes.store(false, Ordering::Relaxed);
        }
        let mut in_flight = lock(&self.in_flight);
        let key = in_flight.begin(name);
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

    /// Removes a guard of a request, which may know how the answer ended.
    #[inline]
    pub(super) fn release(&self, key: Key, outcome: Option<Outcome>) {
        // A statement of its own: the hold is dropped outside of the lock.
        let (is_over, hold) = {
            let mut in_flight = lock(&self.in_flight);
            let released = in_flight.release(key, outcome);
            if in_flight.has_unflushed() {
                self.has_unflushed.store(true, Ordering::Release);
            }
            released
        };
        if is_over {
            self.has_head_bytes.store(false, Ordering::Relaxed);
            self.state.notify_change();
        }
        drop(hold);
    }

    /// Everything written has left.
    #[inline]
    pub(crate) fn flushed(&self) {
        if !self.has_unflushed.load(Ordering::Acquire) {
            return;
        }
        let mut in_flight = lock(&self.in_flight);
        self.has_unflushed.store(false, Ordering::Relaxed);
        let (is_changed, holds) = in_flight.flushed();
        drop(in_flight);
        if is_changed {
            self.has_head_bytes.store(false, Ordering::Relaxed);
            self.state.notify_change();
        }
        drop(holds);
    }

    /// The peer has sent something.
    #[inline]
    pub(crate) fn received(&self) {
        self.has_head_bytes.store(true, Ordering::Relaxed);
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

    /// Whether a request head of HTTP/1 has begun and is not complete.
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

    /// If the connection may carry calls that this crate does not see: when they began at the latest.
    fn unseen_since(&self, in_flight: &InFlight) -> Option<Instant> {
        let has_answered = self.has_answered_goodbye.load(Ordering::Relaxed);
        let is_unseen = in_flight.is_open() && in_flight.is_empty() && has_answered && !self.is_shut();
        self.state.unseen_since().filter(|since| is_unseen && since.elapsed() >= GOODBYE)
    }

    /// Whether the IO exists.
    #[cfg(feature = "grpc")]
    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Relaxed)
    }

    /// The IO is gone. Returns whether nothing of the connection is left.
    pub(crate) fn close(&self) -> bool {
        self.is_open.store(false, Ordering::Relaxed);
        let mut in_flight = lock(&self.in_flight);
        let holds = in_flight.close();
        let is_over = in_flight.is_empty();
        drop(in_flight);
        // Outside of the lock.
        drop(holds);
        is_over
    }

    /// Cuts the connection: all IO fails from here on. The caller closes the socket.
    pub(crate) fn cut(&self, hold: Option<&Hold>) {
        let mut in_flight = lock(&self.in_flight);
        let was_cut = self.is_cut.swap(true, Ordering::SeqCst);
        if let Some(since) = self.unseen_since(&in_flight).filter(|_| !was_cut) {
            in_flight.cut_unseen(since);
        }
        in_flight.cut(hold);
    }

    /// Cuts the connection if it has carried no request since then. Returns whether it did. The caller closes the
    /// socket.
    pub(crate) fn cut_if_quiet(&self, since: Instant, policy: IdlePolicy) -> bool {
        let in_flight = lock(&self.in_flight);
        // Over HTTP/1 there is no answer to wait for. A connection that has not ended has a handler that kept the body.
        let is_known = in_flight.has_carried() && self.is_http2.load(Ordering::Relaxed);
        let is_unseen = policy.spares_unseen && self.unseen_since(&in_flight).is_some();
        let is_quiet = in_flight.is_quiet(since) && !(policy.spares_known && is_known) && !is_unseen;
        if is_quiet {
            self.is_cut.store(true, Ordering::SeqCst);
        }
        is_quiet
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
