//! What a `stop = ..` expression may return.

use crate::model::BoxError;

/// What a `stop = ..` expression may return: `()`, or a `Result<(), E>` whose error boxes.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a `stop` expression returns `()` or `Result<(), E>`, and this one returns `{Self}`",
    label = "expected `()` or `Result<(), E>` with an error that is `Send + Sync`, such as `BoxError`",
    note = "a future has to be awaited, and a function called: `stop = field.close().await`",
    note = "a value that is not needed can be dropped: `stop = field.close().await.map(drop)` if it is in a `Result`, otherwise `stop = drop(field.close().await)`",
    note = "a `Service`, such as `Running<Group>` or `Task`, stops by itself: leave `stop` out"
)]
pub trait StopOutput {
    /// Returns the result with its error boxed.
    ///
    /// # Errors
    ///
    /// The error of the expression.
    fn into_result(self) -> Result<(), BoxError>;
}

impl StopOutput for () {
    fn into_result(self) -> Result<(), BoxError> {
        Ok(())
    }
}

// As with `TaskOutput`.
#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> StopOutput for Result<(), E> {
    fn into_result(self) -> Result<(), BoxError> {
        self.map_err(Into::into)
    }
}
