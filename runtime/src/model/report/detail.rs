//! What a service itself reports about its stop.

use std::time::Duration;

use super::StopReport;

/// What a service reports about its own stop, by [`StopContext::detail`](crate::StopContext::detail).
///
/// The `From` implementations construct it: a note from text, the others from their values.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Detail {
    /// A note in the service's own words.
    Note(String),
    /// What a server answered and cut while it drained, or the tasks that [`Tasks`](crate::Tasks) aborted.
    Drained(Drained),
    /// The report of the group that the service is.
    Group(Box<StopReport>),
    /// The start of the service was running when the group gave up its start, and was dropped after this time. What it had
    /// begun outside of the process may be half done.
    StartInterrupted(Duration),
}

/// What a server answered and cut while it drained. Of [`Tasks`](crate::Tasks) it has the tasks that were aborted, as `cut`.
///
/// [`Drained::new`] constructs an empty one; the fields are public.
///
/// ```
/// use std::time::Duration;
/// use service_group::{CutRequest, Drained};
///
/// let mut drained = Drained::new();
/// drained.finished = 12;
/// drained.cut = 1;
/// drained.cuts.push(CutRequest::new("GET /orders/7", Duration::from_secs(8)));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Drained {
    /// The number of requests that were answered since the drain began.
    pub finished: u64,
    /// The number of requests that were cut. If there are any, the service counts as forced.
    pub cut: u64,
    /// The oldest requests that were cut. There may be fewer of them than `cut`.
    pub cuts: Vec<CutRequest>,
    /// The number of handlers that are still running, because they block their threads.
    pub still_running: u64,
}

/// A request that was cut.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct CutRequest {
    /// The name of the request, for example `GET /orders/7`.
    pub what: String,
    /// How old the request was when it was cut.
    pub age: Duration,
}

impl Drained {
    /// Returns a drain in which nothing was answered or cut.
    #[must_use]
    pub const fn new() -> Self {
        Self { finished: 0, cut: 0, cuts: Vec::new(), still_running: 0 }
    }
}

impl CutRequest {
    /// Returns a request that was cut, by its name and age.
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
