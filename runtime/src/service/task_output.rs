//! What a task is, and what a task or a thread may return.

use std::future::Future;

use super::ServiceExit;
use crate::model::BoxError;

/// What the function of a [`Task`](crate::Task) or of a task of [`Tasks`](crate::Tasks) returns: a future. It is implemented
/// for all futures, and for nothing else.
#[diagnostic::on_unimplemented(
    message = "a task is a future, and this function returns `{Self}`",
    label = "expected an `async fn`, or a closure that returns an `async` block",
    note = "code that blocks belongs in `BlockingTask::spawn`"
)]
pub trait TaskFuture: Future {}

#[diagnostic::do_not_recommend]
impl<F: Future> TaskFuture for F {}

/// What a [`Task`](crate::Task), a [`BlockingTask`](crate::BlockingTask) or a task of [`Tasks`](crate::Tasks) may return: `()`,
/// a `Result<(), E>` whose error boxes, or a [`ServiceExit`].
///
/// | returned | meaning |
/// |---|---|
/// | `()`, `Ok(())`, `ServiceExit::Done` | the work is done, and the group goes on |
/// | `ServiceExit::StopGroup` | the work is done, and the group stops with exit code 0 |
/// | `Err(error)`, `ServiceExit::Failed(error)` | the service failed, and the group stops with exit code 1 |
///
/// A failed task of [`Tasks`](crate::Tasks) is counted, and is a failure of the service only after
/// [`ends_group`](crate::Tasks::ends_group).
///
/// The trait is sealed.
///
/// ```
/// use service_group::{ServiceExit, Task};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let import = Task::spawn(|_| async {
///     match "12".parse::<u32>() {
///         Ok(0) => ServiceExit::Done,
///         Ok(_) => ServiceExit::StopGroup,
///         Err(error) => ServiceExit::Failed(error.into()),
///     }
/// });
/// # drop(import);
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "a task returns `()` or `Result<(), E>`, and this one returns `{Self}`",
    label = "expected `()` or `Result<(), E>` with an error that is `Send + Sync`, such as `BoxError`",
    note = "async code belongs in `Task::spawn`, code that blocks in `BlockingTask::spawn`",
    note = "a value that is not needed can be dropped: `work().await.map(drop)`",
    note = "a placeholder needs a type: `todo!() as ()`",
    note = "a loop has to end when the group stops: `select!` on `stop.requested()`, or check `stop.is_requested()`"
)]
pub trait TaskOutput: sealed::Sealed + 'static {
    #[doc(hidden)]
    fn into_exit(self) -> ServiceExit;
}

mod sealed {
    /// Implemented here alone.
    pub trait Sealed {}
}

// Not for `Result<ServiceExit, E>`: with it, rustc could not infer the type of a task that ends with `Err(..)` alone.
impl sealed::Sealed for () {}
impl sealed::Sealed for ServiceExit {}
impl<E> sealed::Sealed for Result<(), E> {}

impl TaskOutput for () {
    fn into_exit(self) -> ServiceExit {
        ServiceExit::Done
    }
}

impl TaskOutput for ServiceExit {
    fn into_exit(self) -> ServiceExit {
        self
    }
}

// The message of the trait says what is missing: without this, rustc reports each part of the error that does not box.
#[diagnostic::do_not_recommend]
impl<E: Into<BoxError> + 'static> TaskOutput for Result<(), E> {
    fn into_exit(self) -> ServiceExit {
        self.map_or_else(|error| ServiceExit::Failed(error.into()), |()| ServiceExit::Done)
    }
}
