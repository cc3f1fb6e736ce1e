//! Where the events of a group go.

use std::sync::{Arc, Mutex};

use super::queue::Sender;
use super::shield::shielded;
use super::shielded_span::ShieldedSpan;
use crate::sync::lock;

/// Where the events of a group go: to the thread of the run, or to the subscriber at once. Clones are the same sink.
/// The default emits in place, without a parent.
#[derive(Debug, Clone, Default)]
pub(crate) struct EventSink {
    thread: Option<Sender>,
    /// The span in which the group was started, until it has stopped.
    parent: Arc<Mutex<Option<ShieldedSpan>>>,
}

impl EventSink {
    /// A sink that emits each event in place: outside of a run there is no thread for them.
    pub(crate) fn in_place() -> Self {
        Self { thread: None, parent: Self::parent_of(ShieldedSpan::current()) }
    }

    pub(super) fn to_thread(sender: Sender, parent: ShieldedSpan) -> Self {
        Self { thread: Some(sender), parent: Self::parent_of(parent) }
    }

    fn parent_of(span: ShieldedSpan) -> Arc<Mutex<Option<ShieldedSpan>>> {
        Arc::new(Mutex::new(Some(span).filter(|span| !span.is_none())))
    }

    /// Returns a sink whose spans and events are in this span.
    pub(crate) fn within(&self, parent: ShieldedSpan) -> Self {
        Self { thread: self.thread.clone(), parent: Self::parent_of(parent) }
    }

    /// Runs code that emits one event, or that drops a span. Its end is not waited for during a run.
    pub(crate) fn emit(&self, event: impl FnOnce() + Send + 'static) {
        let Some(thread) = &self.thread else {
            shielded(event);
            return;
        };
        let parent = Arc::clone(&self.parent);
        thread.send(Box::new(move || in_parent(&parent, event)));
    }

    /// Runs `create` in the span in which the group was started.
    pub(crate) fn in_parent<T>(&self, create: impl FnOnce() -> T) -> T {
        in_parent(&self.parent, create)
    }

    /// Drops the span in which the group was started: a handle of the group may outlive it.
    pub(crate) fn forget_parent(&self) {
        if lock(&self.parent).is_none() {
            return;
        }
        let parent = Arc::clone(&self.parent);
        self.emit(move || {
            // A statement of its own, so that no subscriber runs under the lock.
            let parent = lock(&parent).take();
            drop(parent);
        });
    }
}

fn in_parent<T>(parent: &Mutex<Option<ShieldedSpan>>, run: impl FnOnce() -> T) -> T {
    // A clone, so that no subscriber runs under the lock.
    let parent = lock(parent).clone();
    match parent {
        Some(parent) => parent.in_scope(run),
        None => run(),
    }
}
