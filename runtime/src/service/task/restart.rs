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
/// The limit is the restart intensity of an OTP supervisor: at most so many restarts within a span of time. The pause
/// doubles with each restart within that span.
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
    at_most: usize,
    within: Duration,
    first_pause: Duration,
    longest_pause: Duration,
}

impl RestartPolicy {
    /// Allows `at_most` restarts within that time, after pauses of 100 ms, 200 ms, .. and at most 10 s.
    #[must_use]
    pub fn new(at_most: usize, within: Duration) -> Self {
        Self {
            at_most,
            within,
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
    /// At most 5 restarts within a minute.
    fn default() -> Self {
        Self::new(5, Duration::from_secs(60))
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
    let mut restarts = VecDeque::new();
    loop {
        let run = async { make(token.clone()).await.into_exit() };
        let error = match catch_panic(run).await {
            ServiceExit::Failed(error) => SharedError::from(error),
            exit => return exit,
        };
        let now = Instant::now();
        while restarts.front().is_some_and(|&restart| now - restart > policy.within) {
            restarts.pop_front();
        }
        if token.is_requested() {
            return ServiceExit::Failed(error.into());
        }
        if restarts.len() >= policy.at_most {
            let exhausted = RestartsExhausted::new(policy.at_most, policy.within, error);
            return ServiceExit::Failed(exhausted.into_shared().into());
        }
        let pause = policy.pause_after(restarts.len());
        let shown = HumanDuration(pause);
        event!(life.events, warn, error = format_args!("{error:#}"), pause = %shown, "failed, starts again");
        tokio::select! {
            _ = token.requested() => return ServiceExit::Done,
            () = sleep(pause) => restarts.push_back(Instant::now()),
        }
    }
}
