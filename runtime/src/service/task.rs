//! A background task as a service.

mod restart;

use std::any::Any;
use std::future::Future;
use std::ops::Deref;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use tokio_util::task::AbortOnDropHandle;

use super::job::Job;
use super::{Service, ServiceContext, ServiceExit, TaskFuture, TaskOutput};
use crate::model::{BoxError, Panicked};
use crate::state::{Busy, Life, StopContext, StopToken};
use crate::text::events::in_span;
use crate::text::panic_message;

pub use restart::RestartPolicy;

/// A background task: a future that receives the stop request through a [`StopToken`].
///
/// An error of the future, or a panic in it, is a failure of the service and stops the group. A future that ends without
/// an error is done, and the group goes on, unless the task [`ends_group`](Self::ends_group) or returns
/// [`ServiceExit::StopGroup`].
///
/// ```
/// use service_group::Task;
/// # async fn poll() {}
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let task = Task::spawn(|stop| async move {
///     loop {
///         tokio::select! {
///             () = poll() => {}
///             context = stop.requested() => return drop(context), // it has the deadline and the force
///         }
/// #       tokio::task::yield_now().await;
///     }
/// });
/// # drop(task);
/// # }
/// ```
///
/// If the task is dropped without a stop, or its window ends, the future is dropped.
///
/// A task and a value that belongs to it, the sender of its channel for example, are one service by [`with`](Task::with).
/// The task then derefs to the value.
#[derive(Debug)]
#[must_use = "a task that is dropped is aborted"]
pub struct Task<T = ()> {
    value: T,
    job: Job,
    ends_group: bool,
    busy: Busy,
    abort: AbortOnDropHandle<()>,
}

impl Task {
    /// Spawns the future that `run` returns. The future returns `()` or `Result<(), E>`: see [`TaskOutput`].
    ///
    /// The task outlives the start, and cannot borrow a field: it gets a clone, as in
    /// `Task::spawn({ let store = store.clone(); |stop| work(store, stop) })`.
    ///
    /// A closure that uses `?` has to name its error, like any async block. [`try_spawn`](Self::try_spawn) names it.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn spawn<F, R>(run: impl FnOnce(StopToken) -> F) -> Self
    where
        F: TaskFuture<Output = R> + Send + 'static,
        R: TaskOutput,
    {
        let job = Job::new();
        let future = run(job.token().clone());
        Self::new(job, future.map(TaskOutput::into_exit))
    }

    /// Spawns a future that returns `Result<(), BoxError>`: a closure can use `?` on errors of all types.
    ///
    /// ```
    /// use service_group::Task;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let import = Task::try_spawn(|_| async {
    ///     let count: u32 = "12".parse()?;
    ///     println!("{count} letters");
    ///     Ok(())
    /// });
    /// # drop(import);
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn try_spawn<F>(run: impl FnOnce(StopToken) -> F) -> Self
    where
        F: TaskFuture<Output = Result<(), BoxError>> + Send + 'static,
    {
        Self::spawn(run)
    }

    /// Spawns a future that is made again when it fails, after a pause. When it fails more often than the policy allows,
    /// the task fails with [`RestartsExhausted`](crate::RestartsExhausted), whose source is the last error.
    ///
    /// A future that ends without an error is not made again, nor is one that fails after its stop was requested. A
    /// panic counts as a failure.
    ///
    /// The closure is called once for each run. What it uses is cloned twice: once for the closure, and once for each
    /// future.
    ///
    /// ```
    /// use service_group::{BoxError, RestartPolicy, StopToken, Task, service_group};
    ///
    /// #[derive(Clone)]
    /// struct Queue;
    ///
    /// async fn consume(queue: Queue, stop: StopToken) -> Result<(), BoxError> {
    ///     stop.requested().await;
    ///     drop(queue);
    ///     Ok(())
    /// }
    ///
    /// #[service_group]
    /// struct App {
    ///     #[service(start = Queue, stop = drop(queue))]
    ///     queue: Queue,
    ///     #[service(start = {
    ///         let queue = queue.clone();
    ///         Task::restarting(RestartPolicy::default(), move |stop| consume(queue.clone(), stop))
    ///     })]
    ///     consumer: Task,
    /// }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// # assert!(App::start().await.unwrap().stop().await.is_clean());
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn restarting<F, R>(policy: RestartPolicy, make: impl FnMut(StopToken) -> F + Send + 'static) -> Self
    where
        F: TaskFuture<Output = R> + Send + 'static,
        R: TaskOutput,
    {
        let job = Job::new();
        let future = restart::run(policy, Life::current(), job.token().clone(), make);
        Self::new(job, future)
    }

    fn new(job: Job, future: impl Future<Output = ServiceExit> + Send + 'static) -> Self {
        let (guard, busy) = (job.guard(), Busy::default());
        // The text of an error is read where its task is counted as busy.
        let future = future.map(ServiceExit::with_text);
        let future = busy.clone().counting(future);
        let task = catch_panic(future).map(|exit| guard.end(exit));
        // The events of the task belong to the service, long after its start.
        let task = tokio::spawn(in_span(Life::current().span, task));
        Self { value: (), abort: AbortOnDropHandle::new(task), job, ends_group: false, busy }
    }

    /// Adds a value, to which the task derefs. The stop drops the value first, and then requests the stop of the task.
    ///
    /// ```
    /// use service_group::{Task, service_group};
    /// use tokio::sync::mpsc;
    ///
    /// fn mailer() -> Task<mpsc::Sender<String>> {
    ///     let (sender, mut mails) = mpsc::channel::<String>(100);
    ///     // It ends by itself when all senders are gone, and so sends what is left at the stop.
    ///     let send_all = async move |_| while let Some(mail) = mails.recv().await { println!("{mail}") };
    ///     Task::spawn(send_all).with(sender)
    /// }
    ///
    /// #[service_group]
    /// struct App {
    ///     #[service(start = mailer())]
    ///     mailer: Task<mpsc::Sender<String>>,
    ///     #[service(start = mailer.send("started".to_owned()).await?, stop = drop(greeting))]
    ///     greeting: (),
    /// }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// # assert!(App::start().await.unwrap().stop().await.is_clean());
    /// # }
    /// ```
    pub fn with<T>(self, value: T) -> Task<T> {
        let Self { value: (), job, ends_group, busy, abort } = self;
        Task { value, job, ends_group, busy, abort }
    }
}

impl<T> Task<T> {
    /// Makes the end of the task without an error a request to stop the group, with exit code 0.
    pub fn ends_group(mut self) -> Self {
        self.ends_group = true;
        self
    }
}

impl<T> Deref for Task<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// Returns a panic in the future as a failure.
pub(super) fn catch_panic(future: impl Future<Output = ServiceExit>) -> impl Future<Output = ServiceExit> {
    AssertUnwindSafe(future).catch_unwind().map(|exit| exit.unwrap_or_else(panicked))
}

/// Returns a caught panic as a failure.
pub(super) fn panicked(panic: Box<dyn Any + Send>) -> ServiceExit {
    ServiceExit::Failed(Panicked::new(panic_message(panic)).into())
}

// A list of the types that are services would hide, in the message for a type that is not, what to write.
#[diagnostic::do_not_recommend]
impl<T: Send + Sync + 'static> Service for Task<T> {
    fn finished(&self) -> impl Future<Output = ServiceExit> + Send + 'static {
        self.job.finished(self.ends_group)
    }

    async fn stop(self, context: StopContext) -> Result<(), BoxError> {
        let Self { value, job, abort: _abort, .. } = self;
        drop(value);
        job.stop(&context).await
    }

    fn joined(&self, context: &ServiceContext) {
        context.track_busy(self.busy.clone());
    }
}
