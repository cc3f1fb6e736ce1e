//! One request in the slab of its connection (`in_flight.rs`).

use service_group::text::OneLine;
use service_group::{CutRequest, Hold};
use tokio::time::Instant;

use super::name::KeptName;
use crate::state::ServerState;

/// How the answer to a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AnswerState {
    /// Not all of it was handed over.
    Unanswered,
    /// All of it was handed over, by a body that is about to be dropped.
    Ending,
    /// All of it was handed over. It has left with the next flush.
    Answered,
    /// The request is the connection itself now, and ends with it: a WebSocket.
    Upgraded,
    /// Its handler has panicked.
    Panicked,
}

/// One request, or a place for one.
#[derive(Debug)]
pub(super) struct RequestState {
    pub(super) is_used: bool,
    /// The number of guards. At zero, the request is over, or waits for its connection.
    pub(super) guards: u32,
    pub(super) answer: AnswerState,
    pub(super) name: KeptName,
    pub(super) since: Instant,
    /// Whether the end of the request does not count: it was counted as cut, or its client has left.
    pub(super) ignores_end: bool,
    /// After a cut, the service has not ended while the handler exists.
    pub(super) hold: Option<Hold>,
}

impl RequestState {
    pub(super) fn unused() -> Self {
        Self {
            is_used: false,
            guards: 0,
            answer: AnswerState::Unanswered,
            name: KeptName::default(),
            since: Instant::now(),
            ignores_end: false,
            hold: None,
        }
    }

    /// Counts the request as cut, if it was not counted before.
    pub(super) fn count_as_cut(&mut self, state: &ServerState) {
        if !self.ignores_end {
            self.ignores_end = true;
            state.count_cut(self.to_cut());
        }
    }

    /// Without control characters, which a path may have beyond ASCII.
    pub(super) fn to_cut(&self) -> CutRequest {
        CutRequest::new(OneLine(&self.name.to_string()).to_string(), self.since.elapsed())
    }
}
