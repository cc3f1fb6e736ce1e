//! Tasks that come and go while the group runs, as one service.

mod spawn_error;
mod table;

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::runtime::Handle;
use tokio::time::sleep;

use super::task::catch_panic;
use super::{Service, ServiceContext, ServiceExit, TaskFuture, TaskOutput};
use crate::model::{BoxError, ServerStats, StatsSource};
use crate::state::{Busy, Life, StopContext, StopToken};
use crate::text::events::{ShieldedSpan, in_span};
use table::TaskTable;

pub use spawn_error::SpawnError;

/// Work that comes and goes while the group runs: a mail to send after the answer, a job for each tenant.
///
/// It is a service, and a handle: other starts receive a reference to it and clone it. [`spawn`](Self::spawn) adds a
/// task at any time, from any thread.
///
/// ```
/// use service_group::{Task, Tasks, service_group};
///
/// #[service_group]
/// struct App {
///     #[service(start = Tasks::new())]
///     jobs: Tasks,
///     #[service(start = Task::spawn({ let jobs = jobs.clone(); |_| orders(jobs) }))]
///     orders: Task,
/// }
///
/// async fn orders(jobs: Tasks) {
///     for order in 1..=3 {
///         // The order is confirmed later, whatever happens to the caller.
///         let confirmed = jobs.spawn("send mail", move |_| send_mail(order));
///         confirmed.expect("`jobs` stops after `orders`, which uses it");
///     }
/// }
///
/// async fn send_mail(order: u32) {
///     println!("order {order} is confirmed");
/// }
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// # assert!(App::start().await.unwrap().stop().await.is_clean());
/// # }
/// ```
///
/// - The status of the group shows how many tasks run, the oldest of them with its age, and how many have failed.
/// - A task that has ended leaves nothing behind.
/// - A task that returns an error or panics is a `tracing` event and is counted in the status and in the report. The
///   group goes on, unless [`ends_group`](Self::ends_group) was called. A task that returns
///   [`ServiceExit::StopGroup`] requests the stop of the group.
/// - The stop cancels the [`StopToken`] of all tasks, and waits for them. In the middle between the force
///   ([`StopContext::forced`]) and the end of the window, at most 250 ms before the end, the tasks that are left are aborted.
///   The report names the oldest 20 of them, and the service counts as forced.
/// - As soon as the stop of this service has begun, which is after that of all services that use it, `spawn` returns the
///   closure in an error.
///
/// The value that [`new`](Self::new) returns is the field of the group. If it is dropped without a stop, the tasks are
/// aborted and `spawn` returns an error. Its clones keep nothing alive.
pub struct Tasks {
    shared: Arc<Shared>,
    /// `None` in a clone.
    _abort: Option<AbortOnDrop>,
}

/// What all handles share. A task holds the table and the token alone: it keeps no handle alive.
struct Shared {
    table: Arc<TaskTable>,
    token: StopToken,
    runtime: Handle,
    /// The span of the service's life.
    span: ShieldedSpan,
    busy: Busy,
}

/// Aborts all tasks when it is dropped. After a stop that has ended there are none.
struct AbortOnDrop(Arc<Shared>);

impl Tasks {
    /// Returns a service without tasks.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime. The tasks are spawned on this runtime.
    #[must_use = "tasks are aborted when the value that `new` returned is dropped"]
    pub fn new() -> Self {
        let Life { span, events } = Life::current();
        let shared = Arc::new(Shared {
            table: Arc::new(TaskTable::new(events)),
            token: StopToken::new(),
            runtime: Handle::current(),
            span,
            busy: Busy::default(),
        });
        Self { _abort: Some(AbortOnDrop(Arc::clone(&shared))), shared }
    }

    /// Makes a task that fails a failure of the service: the group stops, with exit code 1.
    #[must_use = "tasks are aborted when the value that `new` returned is dropped"]
    pub fn ends_group(self) -> Self {
        self.shared.table.set_ends_group();
        self
    }

    /// Spawns the future that `run` returns, under a name that the status and the report show. The future returns `()`, a
    /// `Result<(), E>` or a [`ServiceExit`]: see [`TaskOutput`].
    ///
    /// `run` is called before this returns, on the thread of the caller, and may borrow. The future may not. It runs in the
    /// span of the service, not in that of the caller.
    ///
    /// A closure that uses `?` has to name its error. [`try_spawn`](Self::try_spawn) names it.
    ///
    /// # Errors
    ///
    /// If the stop of the service was requested, or the service was dropped. The error has the closure, which was not called:
    /// the caller can still do the work itself.
    ///
    /// ```
    /// # use service_group::Tasks;
    /// # async fn request(jobs: Tasks) {
    /// let send = async |_| println!("sent");
    /// if let Err(error) = jobs.spawn("send mail", send) {
    ///     let send = error.into_inner(); // store the mail for the next run, for example
    /// #   drop(send);
    /// }
    /// # }
    /// ```
    pub fn spawn<C, F, R>(&self, name: impl Into<Cow<'static, str>>, run: C) -> Result<(), SpawnError<C>>
    where
        C: FnOnce(StopToken) -> F,
        F: TaskFuture<Output = R> + Send + 'static,
        R: TaskOutput,
    {
        let Shared { table, token, runtime, span, busy } = &*self.shared;
        let guard = match table.admit(name.into()) {
            Ok(guard) => guard,
            Err(name) => return Err(SpawnError::new(run, name, table.service())),
        };
        // If this panics, the drop of the guard removes the task.
        let future = run(token.clone());
        // The text of an error is read where the task is counted as busy.
        let future = busy.clone().counting(future.map(|output| output.into_exit().with_text()));
        let id = guard.id();
        let task = catch_panic(future).map(|exit| guard.end(exit));
        let task = runtime.spawn(in_span(span.clone(), task));
        table.set_abort(id, task.abort_handle());
        Ok(())
    }

    /// Spawns a future that returns `Result<(), BoxError>`: a closure can use `?` on errors of all types.
    ///
    /// # Errors
    ///
    /// As [`spawn`](Self::spawn).
    pub fn try_spawn<C, F>(&self, name: impl Into<Cow<'static, str>>, run: C) -> Result<(), SpawnError<C>>
    where
        C: FnOnce(StopToken) -> F,
        F: TaskFuture<Output = Result<(), BoxError>> + Send + 'static,
    {
        self.spawn(name, run)
    }
}

/// Resolves in the middle between the force and the end of the window. In the first half tasks end by themselves. The second
/// half is for the drop of those that are aborted: 10,000 take 200 ms in an unoptimized build on a busy machine.
async fn time_to_abort(context: &StopContext) {
    context.forced().await;
    sleep(context.time_remaining() / 2).await;
}

impl Default for Tasks {
    /// As [`new`](Self::new).
    fn default() -> Self {
        Self::new()
    }
}

/// A clone is a handle of the same service.
impl Clone for Tasks {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), _abort: None }
    }
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ServerStats { tasks, failed, .. } = self.shared.table.stats();
        f.debug_struct("Tasks").field("running", &tasks).field("failed", &failed).finish_non_exhaustive()
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        let Shared { table, token, .. } = &*self.0;
        if table.abort() {
            // A task that blocks its thread is not aborted before it returns: it may check the token.
            let context = StopContext::within(Duration::ZERO);
            context.force();
            token.request(context);
        }
    }
}

// A list of the types that are services would hide, in the message for a type that is not, what to write.
#[diagnostic::do_not_recommend]
impl Service for Tasks {
    fn joined(&self, context: &ServiceContext) {
        let Shared { table, busy, .. } = &*self.shared;
        table.set_service(context.name());
        context.track_busy(busy.clone());
        context.show_stats(Arc::clone(table) as Arc<dyn StatsSource>);
    }

    fn finished(&self) -> impl Future<Output = ServiceExit> + Send + 'static {
        let table = Arc::clone(&self.shared.table);
        async move { table.exited().await }
    }

    async fn stop(self, context: StopContext) -> Result<(), BoxError> {
        let Shared { table, token, .. } = &*self.shared;
        // A clone that is the field of a group aborts what is left, too.
        let _abort = AbortOnDrop(Arc::clone(&self.shared));
        // The table is closed first: a task that finds the request cannot spawn another one.
        table.close(&context);
        token.request(context.clone());
        tokio::select! {
            biased;
            ended = table.ended() => return ended,
            () = time_to_abort(&context) => {}
        }
        table.abort();
        table.ended().await
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::time::timeout;

    use super::*;
    use crate::text::events::EventSink;

    async fn settle() {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_has_ended_leaves_nothing_behind() {
        let tasks = Tasks::new();
        for _ in 0..1_000 {
            tasks.spawn("job", async |_| ()).unwrap();
        }
        assert_eq!(tasks.shared.table.stats().tasks, 1_000);
        assert_eq!(Arc::strong_count(&tasks.shared.table), 1_001);
        settle().await;
        assert_eq!(tasks.shared.table.stats(), ServerStats::default());
        assert_eq!(Arc::strong_count(&tasks.shared.table), 1);
    }

    /// The stop may be dropped between the admission of a task and its spawn.
    #[tokio::test(start_paused = true)]
    async fn a_task_that_is_spawned_after_the_others_were_aborted_is_aborted() {
        let table = Arc::new(TaskTable::new(EventSink::default()));
        let guard = table.admit("late".into()).unwrap();
        let id = guard.id();
        assert!(table.abort());
        let task = tokio::spawn(async move {
            let _guard = guard;
            pending::<()>().await;
        });
        settle().await;
        table.set_abort(id, task.abort_handle());
        let end = timeout(Duration::from_secs(1), task).await.expect("it ends");
        assert!(end.unwrap_err().is_cancelled());
        assert_eq!(table.stats().tasks, 0);
    }

    /// A task whose stop a drop requests is forced, since nothing waits for it.
    #[tokio::test(start_paused = true)]
    async fn a_drop_stops_tasks_that_block_their_threads() {
        let tasks = Tasks::new();
        let token = tasks.shared.token.clone();
        tasks.spawn("hangs", |_| pending::<()>()).unwrap();
        assert!(!token.is_requested());
        drop(tasks);
        assert!(token.context().unwrap().is_forced());
    }
}
