//! The times that a driver waits for, the earliest first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use tokio::time::{Instant, sleep_until};

use super::late_timers::LateTimer;

/// Times, each with what is due then. A time that no longer matters stays in the heap; the receiver checks it.
pub(crate) struct Timers<T> {
    heap: BinaryHeap<Reverse<(Instant, T)>>,
    late_timer: LateTimer,
}

/// Waits for one time.
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
