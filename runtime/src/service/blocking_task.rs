//! A blocking thread as a service.

use std::future::Future;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use super::job::Job;
use super::task::panicked;
use super::{Service, ServiceExit, TaskOutput};
use crate::model::BoxError;
use crate::state::{Life, StopContext, StopToken};

/// A thread for work that blocks. It receives the stop request through a [`StopToken`].
///
/// Its end means the same as that of a [`Task`](crate::Task). A thread cannot be ended from outside: one that does not
/// return by the end of its window is reported as stuck, and the run then ends the process.
///
/// ```
/// use std::time::Duration;
/// use service_group::{BlockingTask, StopToken, service_group};
///
/// #[derive(Clone)]
/// struct Cache;
///
/// fn sweep(cache: Cache, stop: StopToken) {
///     // one piece of work a second, until its stop is requested
///     while stop.wait_timeout(Duration::from_secs(1)).is_none() {}
///     drop(cache);
/// }
///
/// #[service_group]
/// struct App {
///     #[service(start = Cache, stop = drop(cache))]
///     cache: Cache,
///     // A thread cannot borrow a field: it gets a clone.
///     #[service(start = {
///         let cache = cache.clone();
///         BlockingTask::spawn("sweeper", move |stop| sweep(cache, stop))?
///     })]
///     sweeper: BlockingTask,
/// }
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// # assert!(App::start().await.unwrap().stop().await.is_clean());
/// # }
/// ```
///
/// Dropped without a stop, it requests the stop of the thread, already forced, and does not wait for it.
#[derive(Debug)]
#[must_use = "dropping a blocking task requests its stop"]
pub struct BlockingTask {
    job: Job,
    ends_group: bool,
}

impl BlockingTask {
    /// Spawns a thread of that name. `run` returns `()` or `Result<(), E>`: see [`TaskOutput`].
    ///
    /// # Errors
    ///
    /// The error of the operating system, if it cannot create a thread.
    ///
    /// # Panics
    ///
    /// If the name contains a zero byte.
    pub fn spawn<R: TaskOutput>(
        name: &str,
        run: impl FnOnce(StopToken) -> R + Send + 'static,
    ) -> io::Result<Self> {
        let job = Job::new();
        let (guard, token) = (job.guard(), job.token().clone());
        let life = Life::current().span;
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            let exit = catch_unwind(AssertUnwindSafe(|| life.in_scope(|| run(token).into_exit())));
            guard.end(exit.unwrap_or_else(panicked));
        })?;
        Ok(Self { job, ends_group: false })
    }

    /// Makes the end of the thread without an error a request to stop the group, with exit code 0.
    pub fn ends_group(mut self) -> Self {
        self.ends_group = true;
        self
    }
}

impl Drop for BlockingTask {
    fn drop(&mut self) {
        let context = StopContext::within(Duration::ZERO);
        context.force();
        self.job.token().request(context);
    }
}

// A list of the types that are services would hide, in the message for a type that is not, what to write.
#[diagnostic::do_not_recommend]
impl Service for BlockingTask {
    fn finished(&self) -> impl Future<Output = ServiceExit> + Send + 'static {
        self.job.finished(self.ends_group)
    }

    async fn stop(self, context: StopContext) -> Result<(), BoxError> {
        self.job.stop(&context).await
    }
}
