//! Time in which the whole process did not run: SIGSTOP, a debugger, a frozen or throttled container, a suspended machine.
//!
//! The supervisor's thread sleeps for short times while a run starts or stops. One that sleeps for much longer than it
//! meant to has been suspended, and every other thread with it. A driver whose timer fires then asks here first: it may
//! run before the supervisor's thread does.

use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::sync::lock;

/// A sleep that takes this much longer than requested means that the process did not run. A busy machine is late by less.
const SUSPENDED: Duration = Duration::from_millis(50);
/// From this on the machine was not just busy, and the whole sleep counts: the suspension may have begun with it.
const LONG: Duration = Duration::from_millis(500);

static WATCH: Mutex<Watch> = Mutex::new(Watch { sleep: None, lost: Duration::ZERO });

/// What is known of the supervisor's sleep.
#[derive(Debug)]
struct Watch {
    /// When it began, and when it is to end. While the thread is awake both are when it woke up, since it does not take
    /// long to go to sleep again.
    sleep: Option<(Instant, Instant)>,
    /// The time that was lost in all.
    lost: Duration,
}

/// Records that the supervisor's thread is going to be woken now, if it sleeps without an end or has not begun.
pub(crate) fn expect_awake(now: Instant) {
    watch().sleep.get_or_insert((now, now));
}

/// Records that the supervisor's thread is awake, and returns what [`lost`] does.
pub(crate) fn end_sleep(now: Instant) -> Duration {
    watch().end_sleep(now)
}

/// Records that the supervisor's thread is going to sleep.
pub(crate) fn begin_sleep(now: Instant, until: Option<Instant>) {
    watch().begin_sleep(now, until);
}

/// Returns for how long the process did not run so far, as far as the supervisor could notice.
pub(crate) fn lost(now: Instant) -> Duration {
    watch().lost(now)
}

impl Watch {
    fn begin_sleep(&mut self, now: Instant, until: Option<Instant>) {
        // The process may have been suspended while the thread was awake.
        self.lost(now);
        self.sleep = until.map(|until| (now, until.max(now)));
    }

    fn end_sleep(&mut self, now: Instant) -> Duration {
        let lost = self.lost(now);
        self.sleep = Some((now, now));
        lost
    }

    fn lost(&mut self, now: Instant) -> Duration {
        if let Some((begun, until)) = self.sleep {
            let late = now.saturating_duration_since(until);
            if late > SUSPENDED {
                self.lost += if late > LONG { now - begun } else { late };
                self.sleep = Some((now, now));
            }
        }
        self.lost
    }
}

fn watch() -> MutexGuard<'static, Watch> {
    lock(&WATCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_that_took_much_too_long_is_lost_time_once() {
        const MS: Duration = Duration::from_millis(1);
        let begin = Instant::now();
        let mut watch = Watch { sleep: None, lost: Duration::ZERO };
        watch.begin_sleep(begin, Some(begin + 250 * MS));
        assert_eq!(watch.lost(begin + 290 * MS), Duration::ZERO, "a busy machine is late");
        assert_eq!(watch.lost(begin + 3_000 * MS), 3_000 * MS);
        assert_eq!(watch.lost(begin + 3_020 * MS), 3_000 * MS, "it counts once");
        watch.begin_sleep(begin + 3_020 * MS, Some(begin + 3_270 * MS));
        assert_eq!(watch.lost(begin + 3_370 * MS), 3_100 * MS, "a throttled process loses what it is late");
        watch.begin_sleep(begin + 3_370 * MS, None);
        assert_eq!(watch.end_sleep(begin + 60_000 * MS), 3_100 * MS, "a sleep without an end is never late");
        watch.begin_sleep(begin + 62_000 * MS, Some(begin + 62_250 * MS));
        assert_eq!(watch.lost(begin + 62_000 * MS), 5_100 * MS, "suspended while the thread was awake");
    }
}
