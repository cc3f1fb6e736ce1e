//! The cut of a connection, and of one that is idle in the drain. The invariants are those of `conn.rs`.

use std::sync::atomic::Ordering;
use std::time::Duration;

use service_group::Hold;
use tokio::time::Instant;

use super::ConnShared;
use crate::requests::in_flight::InFlight;
use crate::sync::lock;

/// How long a connection without a request may take to end after it was asked to: HTTP/2 needs a round trip for it, in
/// which a last request may cross.
pub(crate) const GOODBYE: Duration = Duration::from_millis(100);

/// Which connections without a request are not cut yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IdlePolicy {
    /// Those that may carry a call that this crate does not see.
    pub(crate) spares_unseen: bool,
    /// Those over HTTP/2 that have carried a request: their peer answers the goodbye.
    pub(crate) spares_answering: bool,
}

impl ConnShared {
    /// Cuts the connection: all IO fails from here on. The caller closes the socket.
    pub(crate) fn cut(&self, hold: Option<&Hold>) {
        let mut in_flight = lock(&self.in_flight);
        // Invariant 1: under the lock.
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
        // An HTTP/1 peer does not answer the goodbye. If its connection is still open, a handler has kept the body of the
        // request.
        let answers_goodbye = in_flight.has_carried() && self.is_http2.load(Ordering::Relaxed);
        let is_unseen = policy.spares_unseen && self.unseen_since(&in_flight).is_some();
        let is_quiet =
            in_flight.is_quiet(since) && !(policy.spares_answering && answers_goodbye) && !is_unseen;
        if is_quiet {
            // Invariant 1: under the lock.
            self.is_cut.store(true, Ordering::SeqCst);
        }
        is_quiet
    }

    /// Returns when calls that this crate does not see began at the latest, if the connection may carry any.
    fn unseen_since(&self, in_flight: &InFlight) -> Option<Instant> {
        let has_answered = self.has_answered_goodbye.load(Ordering::Relaxed);
        let is_unseen = in_flight.is_open() && in_flight.is_empty() && has_answered && !self.is_shut();
        self.state.goodbye_at_with_outer_layers().filter(|since| is_unseen && since.elapsed() >= GOODBYE)
    }
}
