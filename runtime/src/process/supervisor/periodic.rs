//! A job that the supervisor runs for one run of a group, once every period.

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
    /// A job that is due at once, and then once every period.
    pub(super) fn new(period: Duration, act: impl FnMut(&Ping, Instant) + Send + 'static) -> Self {
        Self { period, due: Instant::now(), act: Box::new(act) }
    }

    pub(super) fn due(&self) -> Instant {
        self.due
    }

    pub(super) fn run_if_due(&mut self, ping: &Ping, now: Instant) {
        if self.due <= now {
            self.due = now + self.period;
            (self.act)(ping, now);
        }
    }
}

impl fmt::Debug for Periodic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Periodic")
            .field("period", &self.period)
            .field("due", &self.due)
            .finish_non_exhaustive()
    }
}
