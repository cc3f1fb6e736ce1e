//! Makes a failed future again, within limits.

use std::collections::VecDeque;
use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::catch_panic;
use crate::model::{RestartsExhausted, SharedError};
use crate::service::{ServiceExit, TaskOutput};
use crate::state::{Life, StopToken};
use crate::text::HumanDuration;
use crate::text::events::event;

/// How often, and after which pauses, a failed task is started again.
///
/// The default survives an outage of some minutes. With [`new`](Self::new) the limit is the restart intensity of an OTP
/// supervisor: at most so many restarts within a span of time. The pause doubles with each restart that counts.
///
/// ```
/// use std::time::Duration;
/// use service_group::RestartPolicy;
///
/// // At most 20 restarts within an hour, after 1 s, 2 s, 4 s, .. and at most a minute.
/// let policy = RestartPolicy::new(20, Duration::from_secs(3600))
///     .backoff(Duration::from_secs(1), Duration::from_secs(60));
/// # drop(policy);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestartPolicy {
    limit: Limit,
    first_pause: Duration,
    longest_pause: Duration,
}

/// When a task is given up.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Limit {
    /// After so many restarts within that time.
    Restarts(usize, Duration),
    /// After that time without a run that was long enough.
    Outage(Duration),
}

/// A run of more than this ends an outage.
const LONG_RUN: Duration = Duration::from_secs(30);

impl RestartPolicy {
    /// Allows `at_most` restarts within that time, after pauses of 100 ms, 200 ms, .. and at most 10 s.
    #[must_use]
    pub fn new(at_most: usize, within: Duration) -> Self {
        Self {
            limit: Limit::Restarts(at_most, within),
            first_pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(10),
        }
    }

    /// Sets the first pause, and the longest.
    #[must_use]
    pub fn backoff(self, first: Duration, longest: Duration) -> Self {
        Self { first_pause: first, longest_pause: longest, ..self }
    }

    /// Returns the pause before the restart that follows `restarts` others.
    fn pause_after(&self, restarts: usize) -> Duration {
        let doubled = u32::try_from(restarts).ok().and_then(|restarts| 2_u32.checked_pow(restarts));
        let pause = doubled.and_then(|factor| self.first_pause.checked_mul(factor));
        pause.map_or(self.longest_pause, |pause| pause.min(self.longest_pause))
    }
}

impl Default for RestartPolicy {
    /// Survives an outage of minutes: pauses from 100 ms to 30 s, until 5 minutes have passed without a run of more than
    /// 30 s.
    fn default() -> Self {
        let first_pause = Duration::from_millis(100);
        let (longest_pause, outage) = (Duration::from_secs(30), Duration::from_secs(5 * 60));
        Self { limit: Limit::Outage(outage), first_pause, longest_pause }
    }
}

/// The restarts of one task that count.
struct Restarts {
    policy: RestartPolicy,
    /// When each restart was, the earliest first.
    times: VecDeque<Instant>,
    /// When the first failure of the outage was.
    since: Option<Instant>,
}

impl Restarts {
    /// Records a run that has failed, and returns the pause before the next; an error if the task is given up.
    fn failed(&mut self, begun: Instant, now: Instant) -> Result<Duration, (usize, Duration)> {
        match self.policy.limit {
            Limit::Restarts(at_most, within) => {
                while self.times.front().is_some_and(|&restart| now - restart > within) {
                    self.times.pop_front();
                }
                if self.times.len() >= at_most {
                    return Err((at_most, within));
                }
            }
            Limit::Outage(longest) => {
                if now - begun > LONG_RUN {
                    self.times.clear();
                    self.since = None;
                }
                let outage = now - *self.since.get_or_insert(now);
                if outage >= longest {
                    return Err((self.times.len(), outage));
                }
            }
        }
        Ok(self.policy.pause_after(self.times.len()))
    }
}

pub(super) async fn run<F, R>(
    policy: RestartPolicy,
    life: Life,
    token: StopToken,
    mut make: impl FnMut(StopToken) -> F + Send,
) -> ServiceExit
where
    F: Future<Output = R> + Send,
    R: TaskOutput,
{
    let mut restarts = Restarts { policy, times: VecDeque::new(), since: None };
    loop {
        let begun = Instant::now();
        let run = async { make(token.clone()).await.into_exit() };
        let error = match catch_panic(run).await {
            ServiceExit::Failed(error) => SharedError::from(error),
            exit => return exit,
        };
        if token.is_requested() {
            return ServiceExit::Failed(error.into());
        }
        let pause = match restarts.failed(begun, Instant::now()) {
            Ok(pause) => pause,
            Err((count, within)) => {
                let exhausted = RestartsExhausted::new(count, within, error);
                return ServiceExit::Failed(exhausted.into_shared().into());
            }
        };
        let shown = HumanDuration(pause);
        event!(life.events, warn, error = format_args!("{error:#}"), pause = %shown, "failed, starts again");
        tokio::select! {
            _ = token.requested() => return ServiceExit::Done,
            () = sleep(pause) => restarts.times.push_back(Instant::now()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_gives_up_after_five_minutes_without_a_run_of_more_than_30_s() {
        let second = Duration::from_secs(1);
        let mut now = Instant::now();
        let mut restarts = Restarts { policy: RestartPolicy::default(), times: VecDeque::new(), since: None };
        let mut fails_after = |run: Duration| {
            let begun = now;
            now += run;
            let pause = restarts.failed(begun, now);
            if let Ok(pause) = pause {
                now += pause;
                restarts.times.push_back(now);
            }
            pause
        };
        assert_eq!(fails_after(second), Ok(second / 10));
        assert_eq!(fails_after(second), Ok(second / 5));
        assert_eq!(fails_after(31 * second), Ok(second / 10), "a long run ends the outage");
        let mut pauses = Duration::ZERO;
        let (count, outage) = loop {
            match fails_after(second) {
                Ok(pause) => pauses += pause,
                Err(end) => break end,
            }
            assert!(pauses < 400 * second);
        };
        assert!((300 * second..331 * second).contains(&outage), "{outage:?}");
        assert!(count > 12, "{count}");
    }
}
