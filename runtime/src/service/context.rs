//! The place of a started service in its group, as that service sees it.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::model::{BoxError, CallKind, ServicePlan, SharedError, StatsSource};
use crate::state::{Busy, CallOnClone, DrainSignal, GroupState};

/// The place of a started service in its group: what [`Service::joined`](crate::Service::joined) receives.
///
/// It keeps the state of the group alive: a service takes from it what it needs, and does not keep it.
#[derive(Debug, Clone)]
pub struct ServiceContext {
    group: Arc<GroupState>,
    index: usize,
}

impl ServiceContext {
    pub(crate) fn new(group: Arc<GroupState>, index: usize) -> Self {
        Self { group, index }
    }

    /// Returns the name of the service's field; of a member of a collection, `consumers[orders]`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.plan().name()
    }

    /// Returns the signal that a stop of the group has begun: at the start of the lame duck, long before the stop of the
    /// service itself is requested.
    #[must_use]
    pub fn draining(&self) -> DrainSignal {
        DrainSignal::new(self.group.drain_token().clone())
    }

    /// Shows the live counts of the service in the status of the group, until the service has stopped.
    pub fn show_stats(&self, stats: Arc<dyn StatsSource>) {
        self.group.show_stats(self.index, stats);
        self.group.notify_watchers();
    }

    /// Shows an address on which the service listens. The module `testing` (feature `testing`) checks that it is free after
    /// the service has ended; without that feature, this does nothing.
    pub fn show_address(&self, address: SocketAddr) {
        #[cfg(feature = "testing")]
        self.group.add_address(self.index, address);
        #[cfg(not(feature = "testing"))]
        let _ = (self, address);
    }

    /// Adds a call of the field.
    pub(crate) fn add_call(&self, kind: CallKind, call: CallOnClone) {
        self.group.add_call(kind, self.index, call);
    }

    /// Blames the service for a stall while a thread runs this work.
    pub(crate) fn track_busy(&self, busy: Busy) {
        self.group.track_busy(self.index, busy);
    }

    /// Returns the service in the plan.
    pub(crate) fn plan(&self) -> &'static ServicePlan {
        &self.group.plan.services()[self.index]
    }

    /// Returns the group, and the index of the service in it.
    pub(crate) fn place(&self) -> (&Arc<GroupState>, usize) {
        (&self.group, self.index)
    }

    /// Records that there is nothing to run and to stop.
    pub(crate) fn set_absent(&self) {
        self.group.set_absent(self.index);
    }

    /// Fails the start with this error. The value is stopped.
    pub(crate) fn refuse(&self, error: BoxError) {
        self.group.refuse(self.index, error.into());
    }

    /// Removes and returns the error with which the start fails.
    pub(crate) fn take_refusal(&self) -> Option<SharedError> {
        self.group.take_refusal(self.index)
    }

    /// Records that the service is not the group that began to start in it.
    pub(crate) fn clear_nested(&self) {
        self.group.clear_nested(self.index);
    }

    /// Records that the service is this group, and links one that has started outside of the group around it.
    pub(crate) fn nest(&self, nested: &Arc<GroupState>) {
        nested.nest_in(self.group.links());
        self.set_nested(nested);
        self.group.notify_watchers();
    }

    /// Records that the service is this group.
    pub(crate) fn set_nested(&self, nested: &Arc<GroupState>) {
        self.group.set_nested(self.index, Arc::clone(nested));
    }
}
