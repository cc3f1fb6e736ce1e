//! The place of a started service in its group, as our own services see it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// The place of a started service in its group.
#[derive(Debug)]
pub struct Membership {
    name: &'static str,
    draining: CancellationToken,
}

impl Membership {
    /// The name of the service's field.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Cancelled when a stop begins: with the lame duck, long before the service itself is told to stop.
    #[must_use]
    pub fn draining(&self) -> &CancellationToken {
        &self.draining
    }

    /// Shows the service's live numbers in the status of the group, until it has stopped.
    pub fn show(&self, _live: Arc<dyn Live>) {}
}

/// A service with something to count.
pub trait Live: Send + Sync {
    /// What it has in its hands now.
    fn numbers(&self) -> Numbers;
}

/// What a server has in its hands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Numbers {
    /// Open connections, those of WebSockets among them.
    pub connections: usize,
    /// Requests that have no whole answer yet.
    pub requests: usize,
    /// The oldest of them, and its age.
    pub oldest: Option<(String, Duration)>,
    /// Requests that were answered since the drain began.
    pub finished: u64,
    /// Requests that had to be cut.
    pub cut: u64,
}

impl fmt::Debug for dyn Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.numbers().fmt(f)
    }
}
