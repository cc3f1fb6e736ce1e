//! Wakes drivers whose timers are late.
//!
//! A blocked thread may hold tokio's time driver, so that a sleep does not end. The supervisor's thread watches the list
//! of expected times here and wakes a late driver through a waker, which needs no time driver.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, Weak};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::sync::lock;

/// How late a timer may be before its driver is woken.
const LATE: Duration = Duration::from_millis(20);

/// The drivers that wait for a timer.
static DRIVERS: Mutex<Vec<Weak<Inner>>> = Mutex::new(Vec::new());

/// Wakes the supervisor's thread, which then asks for [`late_timers_due`] again.
static WAKE_SUPERVISOR: OnceLock<fn()> = OnceLock::new();

/// The timer of one driver, as the supervisor sees it.
#[derive(Debug)]
pub(super) struct LateTimer {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    due: Mutex<Option<Instant>>,
    late: Notify,
}

/// Registers timers from now on, and calls `wake` when one is due sooner than before.
pub(crate) fn set_waker(wake: fn()) {
    // There is one supervisor in the process, so that a second call brings the same function.
    WAKE_SUPERVISOR.get_or_init(|| wake);
}

/// Returns when the next timer counts as late.
pub(crate) fn late_timers_due() -> Option<Instant> {
    let mut drivers = registered();
    drivers.retain(|driver| driver.strong_count() > 0);
    let due = |driver: &Weak<Inner>| *lock(&driver.upgrade()?.due);
    drivers.iter().filter_map(due).min().map(|due| due + LATE)
}

/// Wakes the drivers whose timers are late.
pub(crate) fn wake_late_timers(now: Instant) {
    for driver in registered().iter().filter_map(Weak::upgrade) {
        let mut due = lock(&driver.due);
        if due.is_some_and(|due| due + LATE <= now) {
            *due = None;
            driver.late.notify_one();
        }
    }
}

impl LateTimer {
    pub(super) fn new() -> Self {
        let inner = Arc::new(Inner::default());
        if WAKE_SUPERVISOR.get().is_some() {
            registered().push(Arc::downgrade(&inner));
        }
        Self { inner }
    }

    /// Records when the driver expects its timer.
    pub(super) fn expect_at(&self, at: tokio::time::Instant) {
        let at = at.into_std();
        let mut due = lock(&self.inner.due);
        let is_sooner = due.is_none_or(|due| at < due);
        *due = Some(at);
        drop(due);
        if let (true, Some(wake)) = (is_sooner, WAKE_SUPERVISOR.get()) {
            wake();
        }
    }

    /// Resolves when the timer is late.
    pub(super) async fn late(&self) {
        self.inner.late.notified().await;
    }
}

fn registered() -> MutexGuard<'static, Vec<Weak<Inner>>> {
    lock(&DRIVERS)
}
