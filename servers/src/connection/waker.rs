//! The registration of a task that polls again and again.

use std::task::Waker;

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
