//! What the expressions may return that a group calls while it runs, and the types of field that they work on.

use std::any::Any;

use crate::model::BoxError;

/// The type of a field with an expression that the group calls while it runs: anything that is `Clone`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not `Clone`, and an expression that the group calls while it runs works on a clone",
    label = "`check`, `reload` and the like need `{Self}: Clone`",
    note = "make it a handle that shares its state: `#[derive(Clone)] struct {Self}(Arc<Inner>)`",
    note = "in place of a `check`, it can report from inside of the service, with `group.hold(..)`"
)]
pub trait Callable: Sized {
    /// Returns a clone.
    #[must_use]
    fn clone_of(&self) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Clone> Callable for T {
    fn clone_of(&self) -> Self {
        self.clone()
    }
}

/// What a `check = ..` expression may return: `bool`, `()`, or a `Result<T, E>` whose error boxes. `false` and `Ok(false)`
/// fail, any other value is a success.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a `check` expression returns `bool`, `()` or a `Result`, and this one returns `{Self}`",
    label = "expected `bool`, `()`, or a `Result` with an error that is `Send + Sync`, such as `BoxError`",
    note = "a future has to be awaited, and a function called: `check = field.ping().await`",
    note = "any other value becomes a condition: `check = field.count() > 0`"
)]
pub trait CheckOutput {
    /// Returns the result with its error boxed.
    ///
    /// # Errors
    ///
    /// The error of the expression, or one for `false`.
    fn into_result(self) -> Result<(), BoxError>;
}

impl CheckOutput for () {
    fn into_result(self) -> Result<(), BoxError> {
        Ok(())
    }
}

impl CheckOutput for bool {
    fn into_result(self) -> Result<(), BoxError> {
        if self { Ok(()) } else { Err("the check returned false".into()) }
    }
}

// As with `TaskOutput`.
#[diagnostic::do_not_recommend]
impl<T: 'static, E: Into<BoxError>> CheckOutput for Result<T, E> {
    fn into_result(self) -> Result<(), BoxError> {
        let value = self.map_err(Into::into)?;
        (&value as &dyn Any).downcast_ref::<bool>().copied().map_or(Ok(()), CheckOutput::into_result)
    }
}

/// What another expression may return that the group calls while it runs: `()`, or a `Result<(), E>` whose error boxes.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "an expression that the group calls while it runs returns `()` or `Result<(), E>`, and this one returns `{Self}`",
    label = "expected `()` or `Result<(), E>` with an error that is `Send + Sync`, such as `BoxError`",
    note = "a future has to be awaited, and a function called: `field.reload().await`",
    note = "a value that is not needed can be dropped: `field.reload().await.map(drop)` if it is in a `Result`, otherwise `drop(field.reload().await)`"
)]
pub trait CallOutput {
    /// Returns the result with its error boxed.
    ///
    /// # Errors
    ///
    /// The error of the expression.
    fn into_result(self) -> Result<(), BoxError>;
}

impl CallOutput for () {
    fn into_result(self) -> Result<(), BoxError> {
        Ok(())
    }
}

// As with `TaskOutput`.
#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> CallOutput for Result<(), E> {
    fn into_result(self) -> Result<(), BoxError> {
        self.map_err(Into::into)
    }
}
