//! What a service is: a value that was started, may end by itself, and can be told to stop.

mod blocking_task;
mod context;
mod job;
mod plan;
mod task;

use std::future::{Future, pending};
use std::time::Duration;

use crate::model::{BoxError, DEFAULT_SERVICE_STOP_WITHIN, Plan};
use crate::state::StopContext;

pub use blocking_task::BlockingTask;
pub use context::ServiceContext;
pub(crate) use job::Job;
pub use task::{RestartPolicy, Task, TaskOutput};

/// Something that a group starts, watches and stops.
///
/// A field of a group either has a type that implements this, or says in its `stop = ..` how it stops.
///
/// ```
/// use service_group::{BoxError, Service, StopContext};
///
/// struct Pool;
///
/// impl Service for Pool {
///     async fn stop(self, stopping: StopContext) -> Result<(), BoxError> {
///         // give back what is in use, until `stopping.forced()`
///         drop(self);
///         Ok(())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "nothing says how `{Self}` stops",
    label = "this type is no `Service`, and the field has no `stop`",
    note = "write how it stops, with the field itself in scope by value: `#[service(start = .., stop = field.close().await)]`, or `stop = drop(field)`",
    note = "or implement `service_group::Service` for the type",
    note = "a group in a group is a field of type `Running<Group>`, started with `Group::start(..).await?`"
)]
pub trait Service: Send + Sized + 'static {
    /// The stop window guaranteed where the field gives no `stop_within`.
    const STOP_WITHIN: Duration = DEFAULT_SERVICE_STOP_WITHIN;

    #[doc(hidden)]
    const NESTED: Option<&'static Plan> = None;

    /// Resolves when the service has ended by itself; never, by default.
    ///
    /// Called once, right after the start. The future is `'static`, since the value must move into
    /// [`stop`](Self::stop): clone what it needs and return an `async move` block. It is dropped when the group
    /// has stopped; what it gives after the service was told to stop counts for nothing.
    fn finished(&self) -> impl Future<Output = ServiceExit> + Send + 'static {
        pending()
    }

    /// Stops the service; called exactly once, when all that uses it has ended.
    ///
    /// [`StopContext::forced`] fires a tenth before the end of the window, and at most 500 ms: cut what is left then,
    /// and return. At the end of the window the future is dropped.
    ///
    /// # Errors
    ///
    /// Whatever went wrong: it is noted in the report, makes the exit code 1, and holds up no other stop.
    fn stop(self, stopping: StopContext) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// Called once when the service has started in a group, before [`finished`](Self::finished).
    ///
    /// A service that counts what it does shows its counts here ([`ServiceContext::show_stats`]), and takes the signal of
    /// the lame duck ([`ServiceContext::draining`]).
    fn joined(&self, _context: &ServiceContext) {}
}

/// A service that is there or not, as the configuration says. One that is not stops at once.
#[diagnostic::do_not_recommend]
impl<S: Service> Service for Option<S> {
    const STOP_WITHIN: Duration = S::STOP_WITHIN;
    const NESTED: Option<&'static Plan> = S::NESTED;

    fn finished(&self) -> impl Future<Output = ServiceExit> + Send + 'static {
        let finished = self.as_ref().map(S::finished);
        async move {
            match finished {
                Some(finished) => finished.await,
                None => pending().await,
            }
        }
    }

    async fn stop(self, stopping: StopContext) -> Result<(), BoxError> {
        match self {
            Some(service) => service.stop(stopping).await,
            None => Ok(()),
        }
    }

    fn joined(&self, context: &ServiceContext) {
        if let Some(service) = self {
            service.joined(context);
        }
    }
}

/// How a service ended by itself.
#[derive(Debug)]
pub enum ServiceExit {
    /// It has done its work. The group goes on, and the service keeps its place in the order of the stop.
    Done,
    /// It has done its work, and the group's with it: a stop is requested, and the exit code is 0.
    StopGroup,
    /// It failed: the group stops, this is the cause, and the exit code is 1.
    Failed(BoxError),
}

/// What a `stop = ..` expression may give: `()`, or a `Result<(), E>` whose error boxes.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a `stop` expression gives `()` or `Result<(), E>`, and this one gives `{Self}`",
    label = "expected `()` or `Result<(), E>` with an error that boxes",
    note = "a future has to be awaited: `stop = field.close().await`",
    note = "a value that is not wanted can be dropped: `stop = drop(field.close())`",
    note = "what is a `Service`, such as `Running<Group>` or `Task`, stops by itself: leave `stop` out"
)]
pub trait StopOutput {
    /// The same as a boxed result.
    ///
    /// # Errors
    ///
    /// The expression's own.
    fn into_result(self) -> Result<(), BoxError>;
}

impl StopOutput for () {
    fn into_result(self) -> Result<(), BoxError> {
        Ok(())
    }
}

impl<E: Into<BoxError>> StopOutput for Result<(), E> {
    fn into_result(self) -> Result<(), BoxError> {
        self.map_err(Into::into)
    }
}
