//! The times that a driver waits for, the earliest first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::late_timers::LateTimer;
use super::suspension;

/// Times, each with what is due then. A time that no longer matters stays in the heap; the receiver checks it.
pub(crate) struct Timers<T> {
    heap: BinaryHeap<Reverse<(Instant, T)>>,
    late_timer: LateTimer,
    /// The time in which the process did not run that the entries take into account.
    suspended: Duration,
}

/// Waits for one time, later by the time in which the process did not run meanwhile, which it returns.
pub(crate) async fn reached(at: Instant) -> Duration {
    let mut timers = Timers::new();
    let mut suspended = Duration::ZERO;
    timers.add(at, ());
    loop {
        suspended += timers.postpone_by_suspension();
        if timers.pop(Instant::now()).is_some() {
            return suspended;
        }
        timers.wait().await;
    }
}

impl<T: Ord + Copy> Timers<T> {
    pub(crate) fn new() -> Self {
        Self {
            heap: BinaryHeap::new(),
            late_timer: LateTimer::new(),
            suspended: suspended_in_all().unwrap_or_default(),
        }
    }

    pub(crate) fn add(&mut self, at: Instant, what: T) {
        self.heap.push(Reverse((at, what)));
    }

    /// Waits for the earliest time.
    ///
    /// The sleep alone is not enough: a blocked thread may hold tokio's time driver. During a run the supervisor wakes a
    /// driver whose time has passed.
    ///
    /// # Cancel safety
    ///
    /// The time stays until [`pop`](Self::pop) takes it.
    pub(crate) async fn wait(&self) {
        let Some(Reverse((at, _))) = self.heap.peek() else { return std::future::pending().await };
        self.late_timer.expect_at(*at);
        tokio::select! {
            () = sleep_until(*at) => {}
            () = self.late_timer.late() => {}
        }
    }

    /// Moves all entries by the time in which the process did not run since the last call, and returns that time.
    pub(crate) fn postpone_by_suspension(&mut self) -> Duration {
        let Some(in_all) = suspended_in_all() else { return Duration::ZERO };
        let suspended = in_all.saturating_sub(std::mem::replace(&mut self.suspended, in_all));
        if !suspended.is_zero() {
            let entries = self.heap.drain().map(|Reverse((at, what))| Reverse((at + suspended, what)));
            self.heap = entries.collect();
        }
        suspended
    }

    /// Takes the earliest entry if its time has passed by `now`. The caller passes the time that it works with itself, so
    /// that both agree on what is due.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<T> {
        let Reverse((at, what)) = *self.heap.peek()?;
        (at <= now).then(|| {
            self.heap.pop();
            what
        })
    }
}

/// Returns for how long the process did not run so far; `None` on a paused clock, for which no such time exists.
fn suspended_in_all() -> Option<Duration> {
    let before = std::time::Instant::now();
    let clock = Instant::now().into_std();
    let now = std::time::Instant::now();
    (before..=now).contains(&clock).then(|| suspension::suspended_in_all(now))
}
