//! A background task as a service.

mod restart;

use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use crate::model::BoxError;
use crate::service::ServiceContext;
use crate::service::{Job, Service, ServiceExit};
use crate::state::Busy;
use crate::state::current_life;
use crate::state::{StopContext, StopToken};
use crate::text::panic_message;

pub use restart::RestartPolicy;

/// A background task: a future that is told when to stop.
///
/// An error of the future, or a panic in it, is a failure of the service and stops the group. A future that ends
/// without one is done, and the group goes on, unless the task [`ends_group`](Self::ends_group).
///
/// ```
/// use service_group::Task;
/// # async fn poll() {}
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let task = Task::spawn(|stop| async move {
///     loop {
///         tokio::select! {
///             () = poll() => {}
///             stopping = stop.requested() => return, // `stopping` has the deadline, and when to cut
///         }
/// #       tokio::task::yield_now().await;
///     }
/// });
/// # drop(task);
/// # }
/// ```
///
/// Dropped without a stop, and at the end of its window, the future is dropped.
#[derive(Debug)]
#[must_use = "a task that is dropped is aborted"]
pub struct Task {
    job: Job,
    ends_group: bool,
    busy: Busy,
    _abort: AbortOnDropHandle<()>,
}

impl Task {
    /// Spawns the future that `run` makes. It gives `()`, or a `Result<(), E>` whose error boxes. A closure that uses
    /// `?` has to say which error that is, as in any async block: `Ok::<_, BoxError>(())` at its end.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn spawn<F, R>(run: impl FnOnce(StopToken) -> F) -> Self
    where
        F: Future<Output = R> + Send + 'static,
        R: TaskOutput,
    {
        let job = Job::new();
        let future = run(job.token().clone());
        Self::of(job, future.map(TaskOutput::into_result))
    }

    /// Spawns a future that is made again when it fails, after a pause, and not more often than the policy allows:
    /// then its last error is the task's.
    ///
    /// A future that ends without an error is not made again, nor is one that fails when it was asked to stop.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn restarting<F, R>(policy: RestartPolicy, make: impl FnMut(StopToken) -> F + Send + 'static) -> Self
    where
        F: Future<Output = R> + Send + 'static,
        R: TaskOutput,
    {
        let job = Job::new();
        let future = restart::run(policy, job.token().clone(), make);
        Self::of(job, future)
    }

    fn of(job: Job, future: impl Future<Output = Result<(), BoxError>> + Send + 'static) -> Self {
        let (guard, busy) = (job.guard(), Busy::default());
        let future = busy.clone().counting(future);
        let task = async move {
            let result = unpanicked(future).await;
            guard.end(result);
        };
        // What it logs is told as what the service does, long after its start.
        let task = tokio::spawn(task.instrument(current_life()));
        Self { _abort: AbortOnDropHandle::new(task), job, ends_group: false, busy }
    }

    /// Makes the end of the task a request to stop the group, with exit code 0.
    pub fn ends_group(mut self) -> Self {
        self.ends_group = true;
        self
    }
}

/// What a task or a worker may give: `()`, or a `Result<(), E>` whose error boxes.
#[diagnostic::on_unimplemented(
    message = "a task gives `()` or `Result<(), E>`, and this one gives `{Self}`",
    label = "expected `()` or `Result<(), E>` with an error that boxes",
    note = "a loop has to end when the group stops: `select!` on `stop.requested()`, or look at `stop.is_requested()`"
)]
pub trait TaskOutput: 'static {
    /// The same as a boxed result.
    ///
    /// # Errors
    ///
    /// The task's own.
    fn into_result(self) -> Result<(), BoxError>;
}

impl TaskOutput for () {
    fn into_result(self) -> Result<(), BoxError> {
        Ok(())
    }
}

impl<E: Into<BoxError> + 'static> TaskOutput for Result<(), E> {
    fn into_result(self) -> Result<(), BoxError> {
        self.map_err(Into::into)
    }
}

/// A panic in the future as an error.
async fn unpanicked(future: impl Future<Output = Result<(), BoxError>>) -> Result<(), BoxError> {
    let result = AssertUnwindSafe(future).catch_unwind().await;
    result.unwrap_or_else(|panic| Err(format!("panicked: {}", panic_message(&*panic)).into()))
}

// A list of those that are services would hide what to write in the message of those that are not.
#[diagnostic::do_not_recommend]
impl Service for Task {
    fn finished(&self) -> impl Future<Output = ServiceExit> + Send + 'static {
        self.job.finished(self.ends_group)
    }

    async fn stop(self, stopping: StopContext) -> Result<(), BoxError> {
        self.job.stop(&stopping).await
    }

    fn joined(&self, membership: &ServiceContext) {
        membership.track_busy(self.busy.clone());
    }
}
