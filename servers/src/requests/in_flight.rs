//! The requests in flight of one connection: a slab, under the lock of its connection.
//!
//! # Invariants
//!
//! 1. A request is in the slab while anything of it exists: its handler, its body, data that its client has not
//!    received, an answer that is not flushed, an upgraded connection.
//! 2. A request is counted at most once: as finished, as cut, or, if its client left, not at all.
//! 3. What happens to one request takes constant time. Only a cut, a close and the search for the oldest walk over all.
//! 4. A hold that is removed is returned, and the caller drops it outside of the lock: the last one may drop its service,
//!    which may come back to the same connection.
//! 5. A key is used again after `remove` alone, which runs when no guard is left: no guard holds the key of another
//!    request.

use std::num::NonZeroU32;
use std::sync::Arc;

use service_group::{CutRequest, Hold};
use tokio::time::Instant;

use super::name::RequestName;
use super::request_state::{AnswerState, RequestState};
use crate::state::ServerState;

/// The name of calls that wait where this crate does not see them.
const UNSEEN: &str = "a call in no handler";

/// The place of a request in the slab.
pub(super) type Key = u32;

/// The requests in flight of one connection.
#[derive(Debug)]
pub(super) struct InFlight {
    state: Arc<ServerState>,
    /// A slot that is used again keeps the memory of its name: 1.5 % of the instructions of a request over HTTP/1
    /// (callgrind).
    requests: Vec<RequestState>,
    free: Vec<Key>,
    /// Requests whose answer leaves with the next flush.
    unflushed: Vec<Key>,
    has_carried: bool,
    /// When a request last began, and after which read. One look at the clock (45 ns) for the 16 requests that come with one
    /// read, in place of one each, is worth 1 % of the throughput.
    last_begun: Option<(NonZeroU32, Instant)>,
    /// When the connection was opened or its last request ended; none if that was before the drain.
    quiet_since: Option<Instant>,
    /// Whether new requests do not count: the client has left, or they were counted before they came.
    ignores_new: bool,
    /// Whether the IO exists, for whose flush answers wait.
    is_open: bool,
}

/// What the end of requests leaves to the caller.
#[must_use = "the holds are dropped outside of the lock"]
pub(super) struct Released {
    /// Whether a request is over.
    pub(super) is_over: bool,
    pub(super) holds: Vec<Hold>,
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
            last_begun: None,
            quiet_since,
            ignores_new: false,
            is_open: true,
        }
    }

    /// Requests whose connection is not known: no flush is reported.
    #[cfg(feature = "grpc")]
    pub(super) fn unknown(state: Arc<ServerState>) -> Self {
        Self { is_open: false, ..Self::new(state) }
    }

    /// Requests whose connection is closed, so that their client has left: their end does not count.
    #[cfg(feature = "grpc")]
    pub(super) fn closed(state: Arc<ServerState>) -> Self {
        Self { ignores_new: true, ..Self::unknown(state) }
    }

    /// Returns whether an answer waits for a flush.
    pub(super) fn has_unflushed(&self) -> bool {
        !self.unflushed.is_empty()
    }

    /// Returns whether the connection has ever carried a request.
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

    /// Returns whether the connection has carried no request since then, which is within the drain.
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

    /// Enters a request, with one guard. Requests with the same `read` begin at the same time.
    #[inline]
    pub(super) fn begin(&mut self, name: RequestName<'_>, read: Option<NonZeroU32>) -> Key {
        self.has_carried = true;
        if !self.is_open {
            self.state.add_orphans(1);
        }
        let since = self.begins_at(read);
        let key = self.free.pop().unwrap_or_else(|| self.grow());
        let request = &mut self.requests[key as usize];
        request.name.set(name);
        request.since = since;
        request.is_used = true;
        request.guards = 1;
        request.answer = AnswerState::Unanswered;
        request.ignores_end = self.ignores_new;
        key
    }

    /// Returns when a request begins.
    #[inline]
    fn begins_at(&mut self, read: Option<NonZeroU32>) -> Instant {
        if let Some((last, since)) = self.last_begun
            && read == Some(last)
        {
            return since;
        }
        let now = Instant::now();
        self.last_begun = read.map(|read| (read, now));
        now
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

    /// The body of the answer has handed over all of it. Its guard is still there.
    pub(super) fn end(&mut self, key: Key) {
        self.requests[key as usize].answer = AnswerState::Ending;
    }

    /// Removes a guard, which may know how the answer ended.
    #[inline]
    pub(super) fn release(&mut self, key: Key, answer: Option<AnswerState>) -> Released {
        let request = &mut self.requests[key as usize];
        request.guards -= 1;
        request.answer = answer.unwrap_or(request.answer);
        let is_over = match request.answer {
            _ if request.guards > 0 => false,
            AnswerState::Answered if self.is_open => {
                self.unflushed.push(key);
                false
            }
            AnswerState::Upgraded if self.is_open => false,
            _ => true,
        };
        let hold = if is_over { self.remove(key) } else { None };
        Released { is_over, holds: hold.map_or_else(Vec::new, |hold| vec![hold]) }
    }

    /// Everything written has left.
    #[inline]
    pub(super) fn flushed(&mut self) -> Released {
        let is_over = self.has_unflushed();
        let mut holds = Vec::new();
        while let Some(key) = self.unflushed.pop() {
            holds.extend(self.remove(key));
        }
        Released { is_over, holds }
    }

    /// Removes a request that is over, and counts it.
    fn remove(&mut self, key: Key) -> Option<Hold> {
        let request = &mut self.requests[key as usize];
        match request.answer {
            _ if request.ignores_end => {}
            AnswerState::Answered | AnswerState::Upgraded => self.state.count_finished(),
            AnswerState::Panicked if self.state.is_draining() => self.state.count_cut(request.to_cut()),
            AnswerState::Unanswered | AnswerState::Ending | AnswerState::Panicked => {}
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
    #[must_use = "the holds are dropped outside of the lock"]
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
                // A body in a thread of its own may be dropped after its client has got all of the answer, and has left. If
                // data is on its way, it has a guard.
                let has_left = request.answer == AnswerState::Ending && request.guards == 1;
                request.ignores_end |= !is_panicking && !has_left;
            } else {
                request.ignores_end |= request.answer != AnswerState::Upgraded;
                let key = Key::try_from(key).expect("a key of the slab");
                holds.extend(self.remove(key));
            }
        }
        self.unflushed.clear();
        if self.is_open {
            self.state.add_orphans(self.len() as u64);
        }
        self.is_open = false;
        self.ignores_new = true;
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
            request.count_as_cut(&self.state);
        }
    }

    /// Counts one request as cut, if it was not counted before.
    pub(super) fn count_cut(&mut self, key: Key) {
        self.requests[key as usize].count_as_cut(&self.state);
    }

    /// Counts as cut what was not seen since then at the latest.
    pub(super) fn cut_unseen(&mut self, since: Instant) {
        self.ignores_new = true;
        self.state.count_cut(CutRequest::new(UNSEEN, since.elapsed()));
    }

    /// The number of requests that there is room for.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.requests.len()
    }
}
