//! What is left of a group that nobody stops: it is dropped in stop order, never in some other.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::runtime::Handle;
use tokio::sync::mpsc::UnboundedReceiver;

use super::Crew;
use super::task::{Message, panic_message};

/// Drops all values in stop order, the inputs last. A panic in one drop does not keep the others.
pub(crate) fn drop_in_order(crew: &Crew) {
    for &index in crew.shared.plan.order().iter().rev() {
        discard(crew, index);
        crew.shared.set_gone(index);
    }
    discard_inputs(crew);
}

/// Drops one value.
pub(crate) fn discard(crew: &Crew, index: usize) {
    let service = crew.shared.plan.services()[index].name();
    guarded(service, || crew.parts.discard(index));
}

/// Drops what is no service.
pub(crate) fn discard_inputs(crew: &Crew) {
    guarded("an input", || crew.parts.discard_inputs());
}

fn guarded(dropped: &str, drop: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(drop)) {
        tracing::error!(dropped, panic = panic_message(&*panic), "panicked while it was dropped");
    }
}

/// Drops in order when it is itself dropped, so that a runtime which shuts down cannot lose the order.
struct Rest(Crew);

impl Drop for Rest {
    fn drop(&mut self) {
        drop_in_order(&self.0);
    }
}

/// Drops the values when the aborted tasks, `pending` of them, have ended and given back what they borrow.
pub(crate) fn drop_after(crew: Crew, pending: usize, mut news: UnboundedReceiver<Message>) {
    let rest = Rest(crew);
    if pending == 0 {
        return;
    }
    let Ok(runtime) = Handle::try_current() else { return };
    runtime.spawn(async move {
        let rest = rest;
        for _ in 0..pending {
            if news.recv().await.is_none() {
                break;
            }
        }
        drop(rest);
    });
}
