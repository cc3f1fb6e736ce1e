//! Wakes whoever waits for one direction of a socket, and remembers that it did.
//!
//! It stands between a socket and its task: while it has not rung since the socket was last looked at, there is nothing
//! new on it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use super::lock;

/// Given to a socket as its waker.
#[derive(Debug, Default)]
pub(super) struct Bell {
    rung: AtomicBool,
    task: Mutex<Option<Waker>>,
}

/// Listens to a bell, for whatever task asks.
#[derive(Debug)]
pub(super) struct Listening {
    bell: Arc<Bell>,
    /// The bell once more.
    waker: Waker,
    /// The task that it wakes, known without its lock.
    task: Option<Waker>,
    /// The socket has said that there is nothing, and rings when that changes.
    waits: bool,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Before the task is woken, which then finds it.
        self.rung.store(true, Ordering::Release);
        let task = lock(&self.task).clone();
        task.into_iter().for_each(Waker::wake);
    }
}

impl Bell {
    /// Whether it would wake anybody.
    #[cfg(all(test, feature = "axum"))]
    pub(super) fn has_task(&self) -> bool {
        lock(&self.task).is_some()
    }
}

impl Listening {
    pub(super) fn to(bell: &Arc<Bell>) -> Self {
        let bell = Arc::clone(bell);
        Self { waker: Waker::from(Arc::clone(&bell)), bell, task: None, waits: false }
    }

    /// From now on the bell wakes this task.
    #[inline]
    pub(super) fn attend(&mut self, task: &Waker) {
        if self.task.as_ref().is_none_or(|known| !known.will_wake(task)) {
            self.task = Some(task.clone());
            let stale = lock(&self.bell.task).replace(task.clone());
            // Outside of the lock.
            drop(stale);
        }
    }

    /// Whether a look would find nothing: the last one found nothing, and the bell has not rung since.
    #[inline]
    pub(super) fn is_idle(&self) -> bool {
        self.waits && !self.bell.rung.load(Ordering::Acquire)
    }

    /// Looks at the socket.
    #[inline]
    pub(super) fn poll<R>(&mut self, look: impl FnOnce(&mut Context<'_>) -> Poll<R>) -> Poll<R> {
        // Whoever rings has got the waker from the socket, and so comes later than this: no ring is missed.
        self.bell.rung.store(false, Ordering::Relaxed);
        let found = look(&mut Context::from_waker(&self.waker));
        self.waits = found.is_pending();
        found
    }
}

/// A waker keeps the memory of its task.
impl Drop for Listening {
    fn drop(&mut self) {
        let task = lock(&self.bell.task).take();
        // Outside of the lock.
        drop(task);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Poll, Wake, Waker};

    use super::{Bell, Listening};

    /// Counts how often it is woken.
    #[derive(Default)]
    struct Task(AtomicUsize);

    impl Wake for Task {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn a_look_is_worth_it_until_one_finds_nothing_and_again_after_a_ring() {
        let bell = Arc::new(Bell::default());
        let mut listening = Listening::to(&bell);
        assert!(!listening.is_idle(), "nobody has looked");
        let mut given = None;
        let _ = listening.poll(|cx| {
            given = Some(cx.waker().clone());
            Poll::<()>::Pending
        });
        assert!(listening.is_idle());
        given.unwrap().wake();
        assert!(!listening.is_idle());
        assert!(listening.poll(|_| Poll::Ready(())).is_ready());
        assert!(!listening.is_idle(), "there may be more");
        let _ = listening.poll(|_| Poll::<()>::Pending);
        assert!(listening.is_idle(), "that ring is over");
    }

    #[test]
    fn a_ring_within_the_look_is_heard() {
        let bell = Arc::new(Bell::default());
        let mut listening = Listening::to(&bell);
        let _ = listening.poll(|cx| {
            cx.waker().wake_by_ref();
            Poll::<()>::Pending
        });
        assert!(!listening.is_idle());
    }

    #[test]
    fn it_wakes_the_task_that_asked_last() {
        let bell = Arc::new(Bell::default());
        let mut listening = Listening::to(&bell);
        let tasks = [Arc::<Task>::default(), Arc::default()];
        for task in &tasks {
            listening.attend(&Waker::from(Arc::clone(task)));
        }
        Arc::clone(&bell).wake();
        drop(listening);
        bell.wake();
        assert_eq!(tasks.map(|task| task.0.load(Ordering::SeqCst)), [0, 1]);
    }
}
