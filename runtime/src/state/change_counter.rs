//! Counts the changes of a group, and wakes those that watch it or the group around it.

use std::sync::{Arc, OnceLock};

use tokio::sync::watch;

/// Counts the changes of one group, those of its nested groups included.
#[derive(Debug)]
pub(crate) struct ChangeCounter {
    count: watch::Sender<u64>,
    /// That of the group around.
    outer: OnceLock<Arc<ChangeCounter>>,
}

impl ChangeCounter {
    pub(super) fn new(outer: Option<Arc<Self>>) -> Arc<Self> {
        let outer = outer.map_or_else(OnceLock::new, OnceLock::from);
        Arc::new(Self { count: watch::Sender::new(0), outer })
    }

    /// Counts a change, and wakes the receivers. Called after the change.
    ///
    /// Without a receiver it skips the notification, which would cost more than the rest of a change. A receiver that
    /// subscribes too late to be counted here reads a state that has already changed.
    pub(super) fn increment(&self) {
        self.count.send_if_modified(|count| {
            *count += 1;
            self.count.receiver_count() > 0
        });
        if let Some(outer) = self.outer.get() {
            outer.increment();
        }
    }

    /// Counts each further change in the group around too.
    pub(super) fn set_outer(&self, outer: Arc<Self>) {
        // A group is nested in one other group.
        let _ = self.outer.set(outer);
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<u64> {
        self.count.subscribe()
    }
}
