//! What a task or a thread shares with the service that stands for it.
//!
//! # Invariants
//!
//! 1. The end is set once, by the guard that the work owns, before `ended` is cancelled.
//! 2. From the request on, the job holds the stop until its guard is gone: a thread that does not return keeps the
//!    service counted as not ended.

use std::future::Future;
use std::sync::{Arc, Mutex, OnceLock};

use tokio_util::sync::CancellationToken;

use super::ServiceExit;
use crate::model::{BoxError, SharedError};
use crate::state::{Hold, StopContext, StopToken};
use crate::sync::lock;

/// Work that goes on in a task or a thread.
#[derive(Debug)]
pub(crate) struct Job {
    token: StopToken,
    state: Arc<JobState>,
}

#[derive(Debug, Default)]
struct JobState {
    end: OnceLock<JobEnd>,
    ended: CancellationToken,
    hold: Mutex<Option<Hold>>,
}

/// A [`ServiceExit`] that can be read more than once.
#[derive(Debug, Clone)]
enum JobEnd {
    Done,
    StopGroup,
    Failed(SharedError),
}

/// Owned by the work itself.
#[derive(Debug)]
pub(crate) struct JobGuard {
    state: Arc<JobState>,
}

impl Job {
    pub(crate) fn new() -> Self {
        Self { token: StopToken::new(), state: Arc::default() }
    }

    pub(crate) fn token(&self) -> &StopToken {
        &self.token
    }

    /// Returns the guard for the work. Called once.
    pub(crate) fn guard(&self) -> JobGuard {
        JobGuard { state: Arc::clone(&self.state) }
    }

    pub(crate) fn finished(&self, ends_group: bool) -> impl Future<Output = ServiceExit> + Send + 'static {
        let state = Arc::clone(&self.state);
        async move {
            match state.ended().await {
                JobEnd::Failed(error) => ServiceExit::Failed(error.into()),
                JobEnd::Done if !ends_group => ServiceExit::Done,
                JobEnd::Done | JobEnd::StopGroup => ServiceExit::StopGroup,
            }
        }
    }

    /// Requests that the work stops, and waits for its end.
    pub(crate) async fn stop(&self, context: &StopContext) -> Result<(), BoxError> {
        self.state.keep(context.hold());
        self.token.request(context.clone());
        match self.state.ended().await {
            JobEnd::Failed(error) => Err(error.into()),
            JobEnd::Done | JobEnd::StopGroup => Ok(()),
        }
    }
}

impl JobState {
    async fn ended(&self) -> JobEnd {
        self.ended.cancelled().await;
        self.end.get().cloned().unwrap_or(JobEnd::Done)
    }

    fn keep(&self, hold: Hold) {
        let mut kept = lock(&self.hold);
        if !self.ended.is_cancelled() {
            *kept = Some(hold);
        }
    }
}

impl JobGuard {
    /// Reports the end of the work, by being dropped.
    pub(crate) fn end(self, exit: ServiceExit) {
        let end = match exit {
            ServiceExit::Done => JobEnd::Done,
            ServiceExit::StopGroup => JobEnd::StopGroup,
            ServiceExit::Failed(error) => JobEnd::Failed(error.into()),
        };
        // The guard alone sets it, and is consumed here.
        let _ = self.state.end.set(end);
    }
}

impl Drop for JobGuard {
    fn drop(&mut self) {
        let aborted = || JobEnd::Failed(BoxError::from("aborted").into());
        self.state.end.get_or_init(aborted);
        let mut hold = lock(&self.state.hold);
        self.state.ended.cancel();
        *hold = None;
    }
}
