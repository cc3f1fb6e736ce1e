//! Gives the notifier to one run at a time: for the service manager, a process has one state.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::notifier::Notifier;
use crate::text::events::EventSink;

static IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// The right of one run to notify. When it is dropped, the notifier sends nothing more, and another run may get it.
#[derive(Debug)]
pub(crate) struct Lease(Arc<Notifier>);

impl Lease {
    /// Returns the lease, if a service manager listens and no other run of this process has it.
    pub(crate) fn from_env(events: &EventSink) -> Option<Self> {
        Self::new(Notifier::from_env(events)?)
    }

    fn new(notifier: Notifier) -> Option<Self> {
        // Acquire pairs with the Release below, so that the notifications of the next run follow those of the last one.
        let is_free = !IS_TAKEN.swap(true, Ordering::Acquire);
        is_free.then(|| Self(Arc::new(notifier)))
    }

    pub(crate) fn notifier(&self) -> Arc<Notifier> {
        Arc::clone(&self.0)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // In this order: nothing of this run is sent after the notifications of the next one.
        self.0.close();
        IS_TAKEN.store(false, Ordering::Release);
    }
}
