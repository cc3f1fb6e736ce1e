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

static WATCH: Mutex<Watch> = Mutex::new(Watch { sleep: None, suspended: Duration::ZERO });

/// What is known of the supervisor's sleep.
#[derive(Debug)]
struct Watch {
    /// When it began, and when it is to end. While the thread is awake both are when it woke up, since it does not take
    /// long to go to sleep again.
    sleep: Option<(Instant, Instant)>,
    /// The time of all suspensions.
    suspended: Duration,
}

/// Records that the supervisor's thread is going to be woken now, if it sleeps without an end or has not begun.
pub(crate) fn expect_awake(now: Instant) {
    watch().sleep.get_or_insert((now, now));
}

/// Records that the supervisor's thread is awake, and returns what [`suspended_in_all`] does.
pub(crate) fn end_sleep(now: Instant) -> Duration {
    watch().end_sleep(now)
}

/// Records that the supervisor's thread is going to sleep.
pub(crate) fn begin_sleep(now: Instant, until: Option<Instant>) {
    watch().begin_sleep(now, until);
}

/// Returns for how long the process did not run so far, as far as the supervisor could notice.
pub(crate) fn suspended_in_all(now: Instant) -> Duration {
    watch().suspended_in_all(now)
}

impl Watch {
    fn begin_sleep(&mut self, now: Instant, until: Option<Instant>) {
        // The process may have been suspended while the thread was awake.
        self.suspended_in_all(now);
        self.sleep = until.map(|until| (now, until.max(now)));
    }

    fn end_sleep(&mut self, now: Instant) -> Duration {
        let suspended = self.suspended_in_all(now);
        self.sleep = Some((now, now));
        suspended
    }

    fn suspended_in_all(&mut self, now: Instant) -> Duration {
        if let Some((begun, until)) = self.sleep {
            let late = now.saturating_duration_since(until);
            if late > SUSPENDED {
                self.suspended += if late > LONG { now - begun } else { late };
                self.sleep = Some((now, now));
            }
        }
        self.suspended
    }
}

fn watch() -> MutexGuard<'static, Watch> {
    lock(&WATCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_that_took_much_too_long_is_a_suspension_once() {
        const MS: Duration = Duration::from_millis(1);
        let begin = Instant::now();
        let mut watch = Watch { sleep: None, suspended: Duration::ZERO };
        watch.begin_sleep(begin, Some(begin + 250 * MS));
        assert_eq!(watch.suspended_in_all(begin + 290 * MS), Duration::ZERO, "a busy machine is late");
        assert_eq!(watch.suspended_in_all(begin + 3_000 * MS), 3_000 * MS);
        assert_eq!(watch.suspended_in_all(begin + 3_020 * MS), 3_000 * MS, "it counts once");
        watch.begin_sleep(begin + 3_020 * MS, Some(begin + 3_270 * MS));
        assert_eq!(
            watch.suspended_in_all(begin + 3_370 * MS),
            3_100 * MS,
            "a throttled process loses what it is late"
        );
        watch.begin_sleep(begin + 3_370 * MS, None);
        assert_eq!(watch.end_sleep(begin + 60_000 * MS), 3_100 * MS, "a sleep without an end is never late");
        watch.begin_sleep(begin + 62_000 * MS, Some(begin + 62_250 * MS));
        assert_eq!(
            watch.suspended_in_all(begin + 62_000 * MS),
            5_100 * MS,
            "suspended while the thread was awake"
        );
    }
}
