//! The place of a started service in its group, as our own services see it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::busy::Busy;
use crate::shared::{Changes, Shared};

/// The place of a started service in its group.
#[derive(Debug, Clone)]
pub struct Membership {
    shared: Arc<Shared>,
    index: usize,
}

impl Membership {
    pub(crate) fn new(shared: Arc<Shared>, index: usize) -> Self {
        Self { shared, index }
    }

    /// The name of the service's field.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.shared.plan.services()[self.index].name()
    }

    /// Cancelled when a stop begins: with the lame duck, long before the service itself is told to stop.
    #[must_use]
    pub fn draining(&self) -> &CancellationToken {
        self.shared.draining()
    }

    /// Shows the service's live numbers in the status of the group, until it has stopped.
    pub fn show(&self, live: Arc<dyn Live>) {
        self.shared.show(self.index, live);
    }

    /// The service works in a task that this counts.
    pub(crate) fn works(&self, busy: Busy) {
        self.shared.works(self.index, busy);
    }

    /// The service is this group.
    pub(crate) fn enclose(&self, nested: &Arc<Shared>) {
        self.shared.enclose(self.index, Arc::clone(nested));
    }

    pub(crate) fn changes(&self) -> &Arc<Changes> {
        self.shared.changes()
    }
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
    /// Open connections, upgraded ones among them.
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
