//! What the guard does for a run once in a while.

use std::fmt;
use std::time::{Duration, Instant};

use super::Ping;

type Act = Box<dyn FnMut(&Ping, Instant) + Send>;

pub(super) struct Periodic {
    period: Duration,
    due: Instant,
    act: Act,
}

impl Periodic {
    /// Due at once, and then once a period.
    pub(super) fn new(period: Duration, act: impl FnMut(&Ping, Instant) + Send + 'static) -> Self {
        Self { period, due: Instant::now(), act: Box::new(act) }
    }

    pub(super) fn due(&self) -> Instant {
        self.due
    }

    pub(super) fn do_if_due(&mut self, pulse: &Ping, now: Instant) {
        if self.due <= now {
            self.due = now + self.period;
            (self.act)(pulse, now);
        }
    }
}

impl fmt::Debug for Periodic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chore").field("period", &self.period).field("due", &self.due).finish_non_exhaustive()
    }
}
