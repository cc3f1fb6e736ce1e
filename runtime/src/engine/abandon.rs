//! What is left of a group that nobody stops: it is dropped in stop order, never in some other.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::GroupCore;
use crate::text::panic_message;

/// Drops all values in stop order, the inputs last. A panic in one drop does not keep the others.
pub(crate) fn drop_in_order(crew: &GroupCore) {
    for &index in crew.shared.plan.order().iter().rev() {
        discard(crew, index);
        crew.shared.set_gone(index);
    }
    discard_inputs(crew);
    crew.shared.lives.forget();
}

/// Drops one value.
pub(crate) fn discard(crew: &GroupCore, index: usize) {
    let service = crew.shared.plan.services()[index].name();
    guarded(service, || crew.parts.discard(index));
}

/// Drops what is no service.
pub(crate) fn discard_inputs(crew: &GroupCore) {
    guarded("an input", || crew.parts.discard_inputs());
}

fn guarded(dropped: &str, drop: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(drop)) {
        tracing::error!(dropped, panic = panic_message(&*panic), "panicked while it was dropped");
    }
}

/// Owned by the driver and by all that it has spawned: where it was abandoned, whoever goes last drops what is left, in
/// order. So nothing is dropped under a task that still uses it, and a runtime which shuts down cannot lose the order.
pub(crate) struct AbandonGuard {
    crew: GroupCore,
    abandoned: AtomicBool,
}

impl AbandonGuard {
    pub(crate) fn new(crew: GroupCore) -> Arc<Self> {
        Arc::new(Self { crew, abandoned: AtomicBool::new(false) })
    }

    /// Nobody stops the group any more.
    pub(crate) fn abandon(&self) {
        self.abandoned.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::SeqCst)
    }
}

impl Drop for AbandonGuard {
    fn drop(&mut self) {
        if self.is_abandoned() {
            drop_in_order(&self.crew);
        }
    }
}
