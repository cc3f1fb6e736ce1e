//! What a service is: a value that was started, may end by itself, and can be stopped.

mod blocking_task;
mod box_service;
mod call_output;
mod context;
mod finished;
mod job;
pub(crate) mod plan;
mod stop_output;
mod task;
mod task_output;
mod tasks;

use std::future::{Future, pending, ready};
use std::time::Duration;

use crate::model::{BoxError, DEFAULT_SERVICE_STOP_WITHIN, Plan, SharedError};
use crate::state::StopContext;

pub use blocking_task::BlockingTask;
pub use box_service::BoxService;
pub use call_output::{CallOutput, Callable, CheckOutput};
pub use context::ServiceContext;
pub use finished::Finished;
pub use stop_output::StopOutput;
pub use task::{RestartPolicy, Task};
pub use task_output::{TaskFuture, TaskOutput};
pub use tasks::{SpawnError, Tasks};

/// Something that a group starts, watches and stops.
///
/// A field of a group either has a type that implements this, or has a `stop = ..` that says how it stops.
///
/// ```
/// use service_group::{BoxError, Service, StopContext};
///
/// struct Pool;
///
/// impl Service for Pool {
///     async fn stop(self, context: StopContext) -> Result<(), BoxError> {
///         // return the connections in use, until `context.forced()`
///         drop(self);
///         Ok(())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "nothing says how `{Self}` stops",
    label = "this type does not implement `Service`, and the field has no `stop`",
    note = "write how it stops, with the field itself in scope by value: `#[service(start = .., stop = field.close().await)]`",
    note = "`stop = drop(field)` where dropping it is enough; a task in it is aborted",
    note = "or implement `service_group::Service` for the type; of a `Vec`, a map or an `Option`, for the type in it",
    note = "a service is not shared in an `Arc`: the other starts get a reference to it",
    note = "a background task is a field of type `Task`, and a thread one of type `BlockingTask`",
    note = "a type that the configuration chooses is a field of type `BoxService`, in place of `Box<dyn Service>`",
    note = "a group in a group is a field of type `Running<Group>` of a struct with `#[service_group]`, started with `Group::start(..).await?`"
)]
pub trait Service: Send + Sized + 'static {
    /// The stop window that the service is guaranteed if the field has no `stop_within`: 5 s by default.
    ///
    /// The compiler adds it to the budget of every group with such a field. To raise it is a breaking change: groups of
    /// users may no longer fit their budgets.
    const STOP_WITHIN: Duration = DEFAULT_SERVICE_STOP_WITHIN;

    #[doc(hidden)]
    const NESTED: Option<&'static Plan> = None;

    /// Whether a value may hold a service of any type, so that it may be a group although [`NESTED`](Self::NESTED) is `None`.
    #[doc(hidden)]
    const HOLDS_ANY: bool = false;

    /// Called once, after the start and before [`finished`](Self::finished), in the task of the start.
    ///
    /// A service that counts what it does shows its counts here ([`ServiceContext::show_stats`]), and takes the signal of
    /// the lame duck ([`ServiceContext::draining`]). By default it does nothing. A panic fails the start.
    fn joined(&self, context: &ServiceContext) {
        let _ = context;
    }

    /// What the engine calls in place of [`joined`](Self::joined) and [`finished`](Self::finished): a collection attaches each
    /// of its members.
    #[doc(hidden)]
    fn attach(&self, context: &ServiceContext) -> Finished {
        self.joined(context);
        Finished::of(self.finished())
    }

    /// Resolves when the service has ended by itself; never, by default. It is not an `async fn`, since the future must not
    /// borrow the service: `fn finished(&self) -> impl Future<Output = ServiceExit> + Send + 'static`.
    ///
    /// Called once, after the start. The future is `'static`, since the value has to move into [`stop`](Self::stop):
    /// clone what it needs and return an `async move` block. It is dropped when the group has stopped. What it returns
    /// after the stop of the service was requested is ignored.
    fn finished(&self) -> impl Future<Output = ServiceExit> + Send + 'static {
        pending()
    }

    /// Stops the service. Called exactly once, when all services that use this one have ended.
    ///
    /// [`StopContext::forced`] resolves a tenth before the end of the window, at most 500 ms: cut what is left then, and
    /// return. At the end of the window the future is dropped.
    ///
    /// # Errors
    ///
    /// An error is recorded in the report and makes the exit code 1. It delays no other stop.
    fn stop(self, context: StopContext) -> impl Future<Output = Result<(), BoxError>> + Send;
}

/// A step, such as a migration: it is done when it has started. It reserves no window.
///
/// ```
/// use service_group::service_group;
///
/// async fn migrate() -> std::io::Result<()> {
///     Ok(())
/// }
///
/// #[service_group]
/// struct App {
///     #[service(start = migrate().await?)]
///     migrations: (),
/// }
///
/// assert!(App::PLAN.slowest_stop().is_zero());
/// ```
#[diagnostic::do_not_recommend]
impl Service for () {
    const STOP_WITHIN: Duration = Duration::ZERO;

    fn finished(&self) -> impl Future<Output = ServiceExit> + Send + 'static {
        ready(ServiceExit::Done)
    }

    async fn stop(self, _: StopContext) -> Result<(), BoxError> {
        Ok(())
    }
}

/// A service that exists or not, as the configuration says. `None` takes no time, and is reported as absent.
#[diagnostic::do_not_recommend]
impl<S: Service> Service for Option<S> {
    const STOP_WITHIN: Duration = S::STOP_WITHIN;
    const NESTED: Option<&'static Plan> = S::NESTED;
    const HOLDS_ANY: bool = S::HOLDS_ANY;

    fn joined(&self, context: &ServiceContext) {
        if let Some(service) = self {
            service.joined(context);
        }
    }

    fn attach(&self, context: &ServiceContext) -> Finished {
        let Some(service) = self else {
            context.set_absent();
            return Finished::never();
        };
        service.attach(context)
    }

    fn finished(&self) -> impl Future<Output = ServiceExit> + Send + 'static {
        let finished = self.as_ref().map(S::finished);
        async move {
            match finished {
                Some(finished) => finished.await,
                None => pending().await,
            }
        }
    }

    async fn stop(self, context: StopContext) -> Result<(), BoxError> {
        match self {
            Some(service) => service.stop(context).await,
            None => Ok(()),
        }
    }
}

/// A boxed service is the service in the box.
#[diagnostic::do_not_recommend]
impl<S: Service> Service for Box<S> {
    const STOP_WITHIN: Duration = S::STOP_WITHIN;
    const NESTED: Option<&'static Plan> = S::NESTED;
    const HOLDS_ANY: bool = S::HOLDS_ANY;

    fn joined(&self, context: &ServiceContext) {
        S::joined(self, context);
    }

    fn attach(&self, context: &ServiceContext) -> Finished {
        S::attach(self, context)
    }

    fn finished(&self) -> impl Future<Output = ServiceExit> + Send + 'static {
        S::finished(self)
    }

    fn stop(self, context: StopContext) -> impl Future<Output = Result<(), BoxError>> + Send {
        S::stop(*self, context)
    }
}

/// How a service ended by itself.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServiceExit {
    /// It has done its work. The group goes on, and the service keeps its place in the order of the stop.
    Done,
    /// It has done its work, and the group with it: a stop is requested, and the exit code is 0.
    StopGroup,
    /// It failed: the group stops, this is the cause, and the exit code is 1.
    Failed(BoxError),
}

impl ServiceExit {
    /// Reads the text of the error, if there is one: it is foreign code, and nothing reads it again.
    pub(crate) fn with_text(self) -> Self {
        match self {
            Self::Failed(error) => Self::Failed(SharedError::from(error).into()),
            exit => exit,
        }
    }
}
