//! A promise that a case has broken, in words.

use std::time::Duration;

use crate::text::HumanDuration;

/// A promise that a case has broken.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) promised: String,
    pub(super) happened: String,
    /// Where the cause may be.
    pub(super) look_at: String,
    /// Whether the machine may have been too busy: the case is run again.
    pub(super) may_be_late: bool,
}

impl Broken {
    pub(super) fn new(
        promised: impl Into<String>,
        happened: impl Into<String>,
        look_at: impl Into<String>,
    ) -> Self {
        let promised = promised.into();
        let happened = happened.into();
        let look_at = look_at.into();
        Self { promised, happened, look_at, may_be_late: false }
    }

    pub(super) fn never_started(limit: Duration) -> Self {
        let limit = HumanDuration(limit);
        Self::new(
            "a start ends within its window",
            format!("the start of the group had not ended after {limit}"),
            "a start that blocks its thread: everything in it should be async, or in `spawn_blocking`",
        )
    }

    pub(super) fn never_stopped(limit: Duration) -> Self {
        let limit = HumanDuration(limit);
        Self::new(
            "the group ends within its budget",
            format!("the stop of the group had not ended after {limit}"),
            "a stop, or a drop, that blocks its thread",
        )
    }

    pub(super) fn never_busy(limit: Duration) -> Self {
        let limit = HumanDuration(limit);
        Self::new(
            "the client of `during` reports that it is busy",
            format!("it has not called `reached` within {limit}"),
            "the client: it waits for something that does not come, or `busy` is called and `reached` is not",
        )
    }

    pub(super) fn client_panicked(panic: &str) -> Self {
        Self::new(
            "the client of `during` does not panic",
            format!("it panicked: {panic}"),
            "what the client asserts, and what the services answered it",
        )
    }
}
