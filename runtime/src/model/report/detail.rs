//! What a service itself adds to the report of its stop.

use std::time::Duration;

use super::StopReport;

/// What a service adds to the report of its stop.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Detail {
    /// A sentence.
    Note(String),
    /// What a server answered and cut while it drained.
    Drained(Drained),
    /// The report of a group that is a service of this one.
    Group(Box<StopReport>),
}

/// What a server answered and cut while it drained.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drained {
    /// Requests that were answered since the drain began.
    pub finished: u64,
    /// Requests that had to be cut; where there is one, the service counts as forced.
    pub cut: u64,
    /// The oldest of those that were cut.
    pub cuts: Vec<CutRequest>,
    /// Handlers that no library can end, still running.
    pub still_running: u64,
}

/// A request that had to be cut.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CutRequest {
    /// What it was: `GET /orders/7`.
    pub what: String,
    /// How old it was.
    pub age: Duration,
}

impl CutRequest {
    /// A request that a server of your own had to cut.
    #[must_use]
    pub fn new(what: impl Into<String>, age: Duration) -> Self {
        Self { what: what.into(), age }
    }
}

impl From<String> for Detail {
    fn from(note: String) -> Self {
        Self::Note(note)
    }
}

impl From<&str> for Detail {
    fn from(note: &str) -> Self {
        Self::Note(note.to_owned())
    }
}

impl From<Drained> for Detail {
    fn from(drained: Drained) -> Self {
        Self::Drained(drained)
    }
}

impl From<StopReport> for Detail {
    fn from(report: StopReport) -> Self {
        Self::Group(Box::new(report))
    }
}
