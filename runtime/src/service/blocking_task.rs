//! A blocking thread as a service.

use std::future::Future;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use crate::model::BoxError;
use crate::service::{Job, TaskOutput};
use crate::service::{Service, ServiceExit};
use crate::state::current_life;
use crate::state::{StopContext, StopToken};
use crate::text::panic_message;

/// A thread that is told when to stop, for work that blocks.
///
/// Its end means what that of a [`Task`](crate::Task) means. No library can end a thread: one that does not return by
/// the end of its window is reported as stuck, and a run ends the process then.
///
/// ```
/// use std::time::Duration;
/// use service_group::BlockingTask;
///
/// let worker = BlockingTask::spawn("compaction", |stop| {
///     // one piece of work a second, until it is asked to stop
///     while stop.wait_timeout(Duration::from_secs(1)).is_none() {}
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// Dropped without a stop, it asks the thread to stop, forced, and does not wait for it.
#[derive(Debug)]
#[must_use = "a worker that is dropped is asked to stop"]
pub struct BlockingTask {
    job: Job,
    ends_group: bool,
}

impl BlockingTask {
    /// Spawns a thread of that name. What it runs gives `()`, or a `Result<(), E>` whose error boxes.
    ///
    /// # Errors
    ///
    /// That of the operating system, where it gives no thread.
    ///
    /// # Panics
    ///
    /// When the name has a zero byte in it.
    pub fn spawn<R: TaskOutput>(
        name: &str,
        run: impl FnOnce(StopToken) -> R + Send + 'static,
    ) -> io::Result<Self> {
        let job = Job::new();
        let (guard, token) = (job.guard(), job.token().clone());
        let life = current_life();
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            let result = catch_unwind(AssertUnwindSafe(|| life.in_scope(|| run(token).into_result())));
            let panicked = |panic: Box<dyn std::any::Any + Send>| {
                Err(format!("panicked: {}", panic_message(&*panic)).into())
            };
            guard.end(result.unwrap_or_else(panicked));
        })?;
        Ok(Self { job, ends_group: false })
    }

    /// Makes the end of the thread a request to stop the group, with exit code 0.
    pub fn ends_group(mut self) -> Self {
        self.ends_group = true;
        self
    }
}

impl Drop for BlockingTask {
    fn drop(&mut self) {
        let stopping = StopContext::within(Duration::ZERO);
        stopping.force();
        self.job.token().request(stopping);
    }
}

// A list of those that are services would hide what to write in the message of those that are not.
#[diagnostic::do_not_recommend]
impl Service for BlockingTask {
    fn finished(&self) -> impl Future<Output = ServiceExit> + Send + 'static {
        self.job.finished(self.ends_group)
    }

    async fn stop(self, stopping: StopContext) -> Result<(), BoxError> {
        self.job.stop(&stopping).await
    }
}
