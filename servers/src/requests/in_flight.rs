//! The requests in flight of one connection: a slab, under the lock of its connection.
//!
//! # Invariants
//!
//! 1. A request is in the slab while anything of it exists: its handler, its body, data that its client has not
//!    received, an answer that is not flushed, an upgraded connection.
//! 2. A request is counted at most once: as finished, as cut, or, if its client left, not at all.
//! 3. What happens to one request takes constant time. Only a cut, a close and the search for the oldest walk over all.
//! 4. A hold that is removed is returned: the last one may drop its service, which must not happen under a lock.

use std::sync::Arc;

use service_group::text::OneLine;
use service_group::{CutRequest, Hold};
use tokio::time::Instant;

use crate::state::ServerState;

/// The name of calls that wait where this crate does not see them.
const UNSEEN: &str = "a call in no handler";

/// The place of a request in the slab.
pub(super) type Key = u32;

/// How the answer to a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Not all of it was handed over.
    Unanswered,
    /// All of it was handed over. It has left with the next flush.
    Answered,
    /// The request is the connection itself now, and ends with it: a WebSocket.
    Upgraded,
    /// Its handler has panicked.
    Panicked,
}

/// The requests in flight of one connection.
#[derive(Debug)]
pub(super) struct InFlight {
    state: Arc<ServerState>,
    /// Used again, so that names need no new memory.
    requests: Vec<RequestState>,
    free: Vec<Key>,
    /// Requests whose answer leaves with the next flush.
    unflushed: Vec<Key>,
    has_carried: bool,
    /// When the connection was opened or its last request ended; none if that was before the drain.
    quiet_since: Option<Instant>,
    /// New requests do not count: the client has left, or they were counted before they came.
    is_settled: bool,
    /// Whether the IO exists, for whose flush answers wait.
    is_open: bool,
}

/// One request.
#[derive(Debug)]
struct RequestState {
    is_used: bool,
    /// The number of guards. At zero, the request is over, or waits for its connection.
    guards: u32,
    outcome: Outcome,
    name: String,
    since: Instant,
    /// Counted as cut, or its client left: its end does not count.
    is_settled: bool,
    /// After a cut, the service has not ended while the handler exists.
    hold: Option<Hold>,
}

impl InFlight {
    /// The requests of an open connection.
    pub(super) fn new(state: Arc<ServerState>) -> Self {
        let quiet_since = state.is_draining().then(Instant::now);
        Self {
            state,
            requests: Vec::new(),
            free: Vec::new(),
            unflushed: Vec::new(),
            has_carried: false,
            quiet_since,
            is_settled: false,
            is_open: true,
        }
    }

    /// Requests whose connection is not known: no flush is reported.
    #[cfg(feature = "grpc")]
    pub(super) fn detached(state: Arc<ServerState>) -> Self {
        Self { is_open: false, ..Self::new(state) }
    }

    /// Requests whose client has left: their end does not count.
    #[cfg(feature = "grpc")]
    pub(super) fn settled(state: Arc<ServerState>) -> Self {
        Self { is_settled: true, ..Self::detached(state) }
    }

    /// Whether an answer waits for a flush.
    pub(super) fn has_unflushed(&self) -> bool {
        !self.unflushed.is_empty()
    }

    /// Whether the connection has ever carried a request.
    pub(super) fn has_carried(&self) -> bool {
        self.has_carried
    }

    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    pub(super) fn len(&self) -> usize {
        self.requests.len() - self.free.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the connection has carried no request since then, which is within the drain.
    pub(super) fn is_quiet(&self, since: Instant) -> bool {
        self.is_empty() && self.quiet_since.is_none_or(|quiet| quiet <= since)
    }

    /// The oldest request.
    pub(super) fn oldest(&self) -> Option<CutRequest> {
        self.used().min_by_key(|request| request.since).map(RequestState::to_cut)
    }

    fn used(&self) -> impl Iterator<Item = &RequestState> {
        self.requests.iter().filter(|request| request.is_used)
    }

    /// Enters a request, with one guard.
    #[inline]
    pub(super) fn begin(&mut self, name: impl FnOnce(&mut String)) -> Key {
        self.has_carried = true;
        if !self.is_open {
            self.state.add_orphans(1);
        }
        let key = self.free.pop().unwrap_or_else(|| self.grow());
        let request = &mut self.requests[key as usize];
        request.name.clear();
        name(&mut request.name);
        request.since = Instant::now();
        (request.is_used, request.guards, request.outcome) = (true, 1, Outcome::Unanswered);
        request.is_settled = self.is_settled;
        key
    }

    #[cold]
    fn grow(&mut self) -> Key {
        let key = Key::try_from(self.requests.len()).expect("fewer requests than `u32::MAX`");
        self.requests.push(RequestState::unused());
        key
    }

    /// Adds a guard.
    #[inline]
    pub(super) fn share(&mut self, key: Key) {
        self.requests[key as usize].guards += 1;
    }

    /// Removes a guard, which may know how the answer ended. Returns whether the request is over.
    #[inline]
    pub(super) fn release(&mut self, key: Key, outcome: Option<Outcome>) -> (bool, Option<Hold>) {
        let request = &mut self.requests[key as usize];
        request.guards -= 1;
        request.outcome = outcome.unwrap_or(request.outcome);
        match request.outcome {
            _ if request.guards > 0 => (false, None),
            Outcome::Answered if self.is_open => {
                self.unflushed.push(key);
                (false, None)
            }
            Outcome::Upgraded if self.is_open => (false, None),
            _ => (true, self.remove(key)),
        }
    }

    /// Everything written has left. Returns whether a request is over.
    #[inline]
    pub(super) fn flushed(&mut self) -> (bool, Vec<Hold>) {
        let (mut is_changed, mut holds) = (false, Vec::new());
        while let Some(key) = self.unflushed.pop() {
            is_changed = true;
            holds.extend(self.remove(key));
        }
        (is_changed, holds)
    }

    /// Removes a request that is over, and counts it.
    fn remove(&mut self, key: Key) -> Option<Hold> {
        let request = &mut self.requests[key as usize];
        match request.outcome {
            _ if request.is_settled => {}
            Outcome::Answered | Outcome::Upgraded => self.state.count_finished(),
            Outcome::Panicked if self.state.is_draining() => self.state.count_cut(request.to_cut()),
            Outcome::Unanswered | Outcome::Panicked => {}
        }
        request.is_used = false;
        self.free.push(key);
        if self.state.is_draining() {
            self.quiet_since = Some(Instant::now());
        }
        let hold = request.hold.take();
        if !self.is_open {
            self.state.remove_orphan();
        }
        hold
    }

    /// The IO is gone: clients that wait for an answer have left.
    #[must_use]
    pub(super) fn close(&mut self) -> Vec<Hold> {
        // If a handler panics and takes its connection with it, the IO goes first: the end of the request comes after.
        let is_panicking = std::thread::panicking();
        let mut holds = Vec::new();
        for key in 0..self.requests.len() {
            let request = &mut self.requests[key];
            if !request.is_used {
                continue;
            }
            if request.guards > 0 {
                request.is_settled |= !is_panicking;
            } else {
                request.is_settled |= request.outcome != Outcome::Upgraded;
                let key = Key::try_from(key).expect("a key of the slab");
                holds.extend(self.remove(key));
            }
        }
        self.unflushed.clear();
        if self.is_open {
            self.state.add_orphans(self.len() as u64);
        }
        (self.is_open, self.is_settled) = (false, true);
        if self.state.is_draining() {
            self.quiet_since = Some(Instant::now());
        }
        holds
    }

    /// Counts as cut what was not counted before. Requests that exist keep the hold until their end.
    pub(super) fn cut(&mut self, hold: Option<&Hold>) {
        for request in self.requests.iter_mut().filter(|request| request.is_used) {
            if let Some(hold) = hold {
                // The hold before, if any, is of the same service: it is not the last one.
                request.hold = Some(hold.clone());
            }
            request.settle_as_cut(&self.state);
        }
    }

    /// Counts one request as cut, if it was not counted before.
    pub(super) fn count_cut(&mut self, key: Key) {
        self.requests[key as usize].settle_as_cut(&self.state);
    }

    /// Counts as cut what was not seen since then at the latest.
    pub(super) fn cut_unseen(&mut self, since: Instant) {
        self.is_settled = true;
        self.state.count_cut(CutRequest::new(UNSEEN, since.elapsed()));
    }

    /// The number of requests that there is room for.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.requests.len()
    }
}

impl RequestState {
    fn unused() -> Self {
        Self {
            is_used: false,
            guards: 0,
            outcome: Outcome::Unanswered,
            name: String::new(),
            since: Instant::now(),
            is_settled: false,
            hold: None,
        }
    }

    fn settle_as_cut(&mut self, state: &ServerState) {
        if !self.is_settled {
            self.is_settled = true;
            state.count_cut(self.to_cut());
        }
    }

    /// Without control characters, which a path may have beyond ASCII.
    fn to_cut(&self) -> CutRequest {
        CutRequest::new(OneLine(&self.name).to_string(), self.since.elapsed())
    }
}
