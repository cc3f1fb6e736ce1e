//! Drops what is left of a group that is not stopped: the services in stop order, then the inputs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::GroupCore;
use crate::text::panic_message;

/// Drops all values in stop order, the inputs last. A panic in one drop does not prevent the others.
pub(crate) fn drop_in_order(core: &GroupCore) {
    for &index in core.group.plan.order().iter().rev() {
        discard(core, index);
        core.group.set_dropped(index);
    }
    discard_inputs(core);
    core.group.life_spans.forget();
}

/// Drops one value.
pub(crate) fn discard(core: &GroupCore, index: usize) {
    let service = core.group.plan.services()[index].name();
    catch_panic(service, || core.services.discard(index));
}

/// Drops the inputs.
pub(crate) fn discard_inputs(core: &GroupCore) {
    catch_panic("an input", || core.services.discard_inputs());
}

fn catch_panic(dropped: &str, drop: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(drop)) {
        tracing::error!(dropped, panic = panic_message(&*panic), "panicked while it was dropped");
    }
}

/// Drops the rest of an abandoned group when the last of its owners is dropped.
///
/// The driver and all tasks that it spawned own it together. So no value is dropped while a task still uses it. A task
/// that waits for the others would not do: a runtime that shuts down drops its tasks in any order, and that task would be
/// one of them.
pub(crate) struct AbandonGuard {
    core: GroupCore,
    is_abandoned: AtomicBool,
}

impl AbandonGuard {
    pub(crate) fn new(core: GroupCore) -> Arc<Self> {
        Arc::new(Self { core, is_abandoned: AtomicBool::new(false) })
    }

    /// Records that the driver is gone, so that nothing stops the group.
    pub(crate) fn abandon(&self) {
        // Release pairs with the Acquire below. The drop of this guard needs no ordering of its own: the count of the
        // `Arc` orders it after everything that another owner did.
        self.is_abandoned.store(true, Ordering::Release);
    }

    pub(crate) fn is_abandoned(&self) -> bool {
        self.is_abandoned.load(Ordering::Acquire)
    }
}

impl Drop for AbandonGuard {
    fn drop(&mut self) {
        if self.is_abandoned() {
            drop_in_order(&self.core);
        }
    }
}
