//! What a task or a thread shares with the service that stands for it.
//!
//! # Invariants
//!
//! 1. The result is set once, by the guard that the job owns, before `ended` is cancelled.
//! 2. From the request on, the job holds the stop until its guard is gone: a thread that does not return keeps the
//!    service counted as not ended.

use std::future::Future;
use std::sync::{Arc, Mutex, OnceLock};

use tokio_util::sync::CancellationToken;

use crate::model::BoxError;
use crate::model::SharedError;
use crate::service::ServiceExit;
use crate::state::{Hold, StopContext, StopToken};
use crate::sync::lock;

/// Work that goes on elsewhere.
#[derive(Debug)]
pub(crate) struct Job {
    token: StopToken,
    shared: Arc<JobState>,
}

#[derive(Debug, Default)]
struct JobState {
    result: OnceLock<Result<(), SharedError>>,
    ended: CancellationToken,
    hold: Mutex<Option<Hold>>,
}

/// Owned by the work itself.
#[derive(Debug)]
pub(crate) struct JobGuard {
    shared: Arc<JobState>,
}

impl Job {
    pub(crate) fn new() -> Self {
        Self { token: StopToken::new(), shared: Arc::default() }
    }

    pub(crate) fn token(&self) -> &StopToken {
        &self.token
    }

    /// Taken once, by the work.
    pub(crate) fn guard(&self) -> JobGuard {
        JobGuard { shared: Arc::clone(&self.shared) }
    }

    pub(crate) fn finished(&self, ends_group: bool) -> impl Future<Output = ServiceExit> + Send + 'static {
        let shared = Arc::clone(&self.shared);
        async move {
            match shared.ended().await {
                Err(error) => ServiceExit::Failed(error),
                Ok(()) if ends_group => ServiceExit::StopGroup,
                Ok(()) => ServiceExit::Done,
            }
        }
    }

    /// Asks the work to stop, and waits for its end.
    pub(crate) async fn stop(&self, stopping: &StopContext) -> Result<(), BoxError> {
        self.shared.keep(stopping.hold());
        self.token.request(stopping.clone());
        self.shared.ended().await
    }
}

impl JobState {
    async fn ended(&self) -> Result<(), BoxError> {
        self.ended.cancelled().await;
        match self.result.get() {
            Some(Err(error)) => Err(Box::new(Arc::clone(error))),
            Some(Ok(())) | None => Ok(()),
        }
    }

    fn keep(&self, hold: Hold) {
        let mut kept = lock(&self.hold);
        if !self.ended.is_cancelled() {
            *kept = Some(hold);
        }
    }
}

impl JobGuard {
    /// Tells the end, by being dropped.
    pub(crate) fn end(self, result: Result<(), BoxError>) {
        // Nobody else sets it.
        let _ = self.shared.result.set(result.map_err(Into::into));
    }
}

impl Drop for JobGuard {
    fn drop(&mut self) {
        let aborted = || Err(BoxError::from("aborted").into());
        self.shared.result.get_or_init(aborted);
        let mut hold = lock(&self.shared.hold);
        self.shared.ended.cancel();
        *hold = None;
    }
}
