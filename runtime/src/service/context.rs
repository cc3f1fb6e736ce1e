//! The place of a started service in its group, as our own services see it.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::model::StatsSource;
use crate::state::Busy;
use crate::state::GroupState;

/// The place of a started service in its group.
#[derive(Debug, Clone)]
pub struct ServiceContext {
    shared: Arc<GroupState>,
    index: usize,
}

impl ServiceContext {
    pub(crate) fn new(shared: Arc<GroupState>, index: usize) -> Self {
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
    pub fn show_stats(&self, live: Arc<dyn StatsSource>) {
        self.shared.show_stats(self.index, live);
    }

    /// The service works in a task that this counts.
    pub(crate) fn track_busy(&self, busy: Busy) {
        self.shared.track_busy(self.index, busy);
    }

    /// The service is this group.
    pub(crate) fn set_nested(&self, nested: &Arc<GroupState>) {
        self.shared.set_nested(self.index, Arc::clone(nested));
    }
}
