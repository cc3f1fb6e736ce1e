//! The wakers of tasks that poll again and again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Wake, Waker};

use futures_util::task::AtomicWaker;

/// The waker that was last registered in an [`AtomicWaker`]: the same one is not registered again.
///
/// For an `AtomicWaker` whose waker is not taken before the last wake that the task waits for.
#[derive(Default)]
pub(crate) struct LastRegistered {
    waker: Option<Waker>,
}

impl LastRegistered {
    /// Registers the waker of the task that polls, if it is another one than before.
    #[inline]
    pub(crate) fn register(&mut self, registered: &AtomicWaker, waker: &Waker) {
        if self.waker.as_ref().is_none_or(|last| !last.will_wake(waker)) {
            self.waker = Some(waker.clone());
            registered.register(waker);
        }
    }
}

/// Whether a socket has woken one of its tasks.
#[derive(Default)]
pub(super) struct Woken(Arc<AtomicBool>);

impl Woken {
    /// Returns whether the socket has woken a task since this was last called.
    #[inline]
    pub(super) fn take(&self) -> bool {
        // Acquire: after the last wake, the next poll of the socket finds what it woke for. A load that comes too early misses
        // nothing, since the task is polled again.
        self.0.load(Ordering::Relaxed) && self.0.swap(false, Ordering::Acquire)
    }
}

/// A task that polls a socket.
pub(super) struct PollingTask {
    task: Waker,
    /// What the socket has in place of the waker of the task.
    noting: Waker,
}

struct NotingWaker {
    task: Waker,
    woken: Arc<AtomicBool>,
}

impl PollingTask {
    pub(super) fn new(task: &Waker, Woken(woken): &Woken) -> Self {
        let noting = NotingWaker { task: task.clone(), woken: Arc::clone(woken) };
        Self { task: task.clone(), noting: Waker::from(Arc::new(noting)) }
    }

    /// Returns whether this is the task.
    #[inline]
    pub(super) fn is(&self, task: &Waker) -> bool {
        self.task.will_wake(task)
    }

    /// Returns a waker of the task, which notes the wake.
    #[inline]
    pub(super) fn waker(&self) -> &Waker {
        &self.noting
    }
}

impl Wake for NotingWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Release: see `Woken::take`.
        self.woken.store(true, Ordering::Release);
        self.task.wake_by_ref();
    }
}
