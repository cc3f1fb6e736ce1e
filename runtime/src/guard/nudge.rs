//! Wakes the drivers whose timers are late: wakers need no time driver.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::GUARD;

/// How late a timer may be before its driver is woken.
const LATE: Duration = Duration::from_millis(20);

static NUDGES: Mutex<Vec<Weak<Inner>>> = Mutex::new(Vec::new());

/// A driver's line to the guard.
#[derive(Debug)]
pub(crate) struct Nudge {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    due: Mutex<Option<Instant>>,
    nudged: Notify,
}

impl Nudge {
    pub(crate) fn new() -> Self {
        let inner = Arc::new(Inner::default());
        if GUARD.get().is_some() {
            registered().push(Arc::downgrade(&inner));
        }
        Self { inner }
    }

    /// The driver expects its timer at this moment.
    pub(crate) fn not_before(&self, at: tokio::time::Instant) {
        let at = at.into_std();
        let mut due = lock(&self.inner.due);
        let is_sooner = due.is_none_or(|due| at < due);
        *due = Some(at);
        drop(due);
        if let (true, Some(guard)) = (is_sooner, GUARD.get()) {
            guard.inbox.wake();
        }
    }

    /// Resolves when the timer is late.
    pub(crate) async fn nudged(&self) {
        self.inner.nudged.notified().await;
    }
}

/// When the guard has to look again.
pub(super) fn due() -> Option<Instant> {
    let mut nudges = registered();
    nudges.retain(|nudge| nudge.strong_count() > 0);
    let due = |nudge: &Weak<Inner>| *lock(&nudge.upgrade()?.due);
    nudges.iter().filter_map(due).min().map(|due| due + LATE)
}

/// Wakes those that are late.
pub(super) fn nudge(now: Instant) {
    for nudge in registered().iter().filter_map(Weak::upgrade) {
        let mut due = lock(&nudge.due);
        if due.is_some_and(|due| due + LATE <= now) {
            *due = None;
            nudge.nudged.notify_one();
        }
    }
}

fn registered() -> MutexGuard<'static, Vec<Weak<Inner>>> {
    lock(&NUDGES)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
