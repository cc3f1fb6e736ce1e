//! Counts the changes of a group, for whoever listens to it or to the group around it.

use std::sync::Arc;

use tokio::sync::watch;

/// The changes of one group, those of the groups nested in it among them.
#[derive(Debug)]
pub(crate) struct Changes {
    count: watch::Sender<u64>,
    above: Option<Arc<Changes>>,
}

impl Changes {
    pub(super) fn new(above: Option<Arc<Self>>) -> Arc<Self> {
        Arc::new(Self { count: watch::Sender::new(0), above })
    }

    /// Counts a change, and wakes whoever listens.
    ///
    /// To wake nobody would cost more than all else in a change. Called behind the change: who subscribes too late to be
    /// counted here looks at a state that has changed already.
    pub(super) fn note(&self) {
        self.count.send_if_modified(|count| {
            *count += 1;
            self.count.receiver_count() > 0
        });
        if let Some(above) = &self.above {
            above.note();
        }
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<u64> {
        self.count.subscribe()
    }
}
