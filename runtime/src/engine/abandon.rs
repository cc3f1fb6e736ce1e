//! Drops what is left of a group that is not stopped: the services in stop order, then the inputs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::GroupCore;
use crate::text::catch_panic;
use crate::text::events::event;

/// Drops all values in stop order, the inputs last. A panic in one drop does not prevent the others.
pub(crate) fn drop_in_order(core: &GroupCore) {
    for &index in core.group.plan.order().iter().rev() {
        discard(core, index);
        core.group.set_dropped(index);
    }
    for (index, input) in core.services.inputs() {
        report_panic(core, input, || core.services.discard_input(index));
    }
    core.group.life_spans.forget(&core.group.events);
    core.group.forget_parent();
}

/// Drops one value.
pub(crate) fn discard(core: &GroupCore, index: usize) {
    let service = core.group.plan.services()[index].name();
    core.group.discard_clones(index);
    report_panic(core, service, || core.services.discard(index));
}

fn report_panic(core: &GroupCore, dropped: &'static str, drop: impl FnOnce()) {
    if let Err(panic) = catch_panic(drop) {
        event!(core.group.events, error, dropped, panic, "panicked while it was dropped");
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

    pub(crate) fn core(&self) -> &GroupCore {
        &self.core
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
