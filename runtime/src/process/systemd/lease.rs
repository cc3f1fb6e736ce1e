//! Who speaks for this process: one run at a time, since the service manager knows one state of a process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::notifier::Notifier;

static IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// The line of this process, for one run. Dropped, it says no more, and the next run may have one.
#[derive(Debug)]
pub(crate) struct Lease(Arc<Notifier>);

impl Lease {
    /// The line, if a service manager listens and no other run of this process has it.
    pub(crate) fn from_env() -> Option<Self> {
        Self::of(Notifier::from_env()?)
    }

    fn of(notifier: Notifier) -> Option<Self> {
        let is_free = !IS_TAKEN.swap(true, Ordering::AcqRel);
        is_free.then(|| Self(Arc::new(notifier)))
    }

    pub(crate) fn notifier(&self) -> Arc<Notifier> {
        Arc::clone(&self.0)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // In this order: nothing is told behind what the next run tells.
        self.0.hang_up();
        IS_TAKEN.store(false, Ordering::Release);
    }
}
