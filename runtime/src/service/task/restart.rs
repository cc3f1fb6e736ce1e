//! Makes a failed future again, within limits.

use std::collections::VecDeque;
use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{TaskOutput, unpanicked};
use crate::model::BoxError;
use crate::state::StopToken;
use crate::text::{ErrorChain, HumanDuration};

/// How often, and after which pauses, a failed task is started again.
///
/// The limit is the restart intensity of an OTP supervisor: at most so many restarts within a span of time. The pause
/// doubles with each restart within that span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestartPolicy {
    at_most: usize,
    within: Duration,
    first_pause: Duration,
    longest_pause: Duration,
}

impl RestartPolicy {
    /// At most so many restarts within that time; pauses of 100 ms, 200 ms, .. and 10 s at most.
    #[must_use]
    pub fn new(at_most: usize, within: Duration) -> Self {
        Self {
            at_most,
            within,
            first_pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(10),
        }
    }

    /// Changes the pauses.
    #[must_use]
    pub fn pause(self, first: Duration, longest: Duration) -> Self {
        Self { first_pause: first, longest_pause: longest, ..self }
    }

    /// The pause before the restart that follows so many others.
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
    token: StopToken,
    mut make: impl FnMut(StopToken) -> F + Send,
) -> Result<(), BoxError>
where
    F: Future<Output = R> + Send,
    R: TaskOutput,
{
    let mut restarts = VecDeque::new();
    loop {
        let attempt = async { make(token.clone()).await.into_result() };
        let Err(error) = unpanicked(attempt).await else { return Ok(()) };
        let now = Instant::now();
        while restarts.front().is_some_and(|&restart| now - restart > policy.within) {
            restarts.pop_front();
        }
        if token.is_requested() {
            return Err(error);
        }
        if restarts.len() >= policy.at_most {
            return Err(exhausted(&policy, &*error));
        }
        let pause = policy.pause_after(restarts.len());
        tracing::warn!(error = %ErrorChain(&*error), pause = %HumanDuration(pause), "failed, starts again");
        tokio::select! {
            _ = token.requested() => return Ok(()),
            () = sleep(pause) => restarts.push_back(Instant::now()),
        }
    }
}

fn exhausted(policy: &RestartPolicy, error: &(dyn std::error::Error + 'static)) -> BoxError {
    let RestartPolicy { at_most, within, .. } = policy;
    format!("failed after {at_most} restarts within {}: {}", HumanDuration(*within), ErrorChain(error)).into()
}
