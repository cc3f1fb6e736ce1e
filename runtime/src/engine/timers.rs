//! The moments that a driver waits for, earliest first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use tokio::time::{Instant, sleep_until};

use super::late_timers::LateTimer;

/// Moments, each with what it is for. A moment that no longer matters is not removed: who hears of it looks.
pub(crate) struct Timers<T> {
    heap: BinaryHeap<Reverse<(Instant, T)>>,
    late_timer: LateTimer,
}

/// Waits for one moment.
pub(crate) async fn reached(at: Instant) {
    let mut timers = Timers::new();
    timers.add(at, ());
    while timers.pop(Instant::now()).is_none() {
        timers.wait().await;
    }
}

impl<T: Ord + Copy> Timers<T> {
    pub(crate) fn new() -> Self {
        Self { heap: BinaryHeap::new(), late_timer: LateTimer::new() }
    }

    pub(crate) fn add(&mut self, at: Instant, what: T) {
        self.heap.push(Reverse((at, what)));
    }

    /// Waits for the earliest moment.
    ///
    /// A blocked thread may hold tokio's time driver, so that the sleep alone cannot be trusted: while a run is on
    /// guard, its thread wakes a driver whose moment has passed.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: the moment stays until [`pop`](Self::pop) takes it.
    pub(crate) async fn wait(&self) {
        let Some(Reverse((at, _))) = self.heap.peek() else { return std::future::pending().await };
        self.late_timer.expect_at(*at);
        tokio::select! {
            () = sleep_until(*at) => {}
            () = self.late_timer.late() => {}
        }
    }

    /// Takes the earliest moment if it has passed by `now`: the caller's own, so that both agree on what is due.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<T> {
        let Reverse((at, what)) = *self.heap.peek()?;
        (at <= now).then(|| {
            self.heap.pop();
            what
        })
    }
}
