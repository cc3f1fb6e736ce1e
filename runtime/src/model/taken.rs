//! An input that one start takes by value, and the error of a second attempt to take it.

use std::any::type_name;
use std::error::Error;
use std::fmt;
use std::sync::Mutex;

use crate::sync::lock;

/// An input that one start takes by value: a bound listener, a `Receiver`, a configuration that is not `Clone`.
///
/// A start expression has its inputs as shared references. From a field of this type it takes the value itself. `run`,
/// `start` and `runner` take `impl Into<Take<T>>` where the field's type is written as `Take<..>`, so that the caller passes a
/// plain `T`. A type alias of `Take` is not recognized: there the caller writes `value.into()`.
///
/// ```
/// use service_group::{BoxError, StopToken, Take, Task, service_group};
/// use tokio::sync::mpsc::{Receiver, channel};
///
/// #[service_group]
/// struct App {
///     letters: Take<Receiver<String>>,
///     #[service(start = Task::spawn({ let letters = letters.take()?; |stop| deliver(letters, stop) }))]
///     mailer: Task,
/// }
///
/// async fn deliver(mut letters: Receiver<String>, stop: StopToken) {
///     tokio::select! {
///         Some(letter) = letters.recv() => println!("{letter}"),
///         _ = stop.requested() => {}
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), BoxError> {
/// let (sender, receiver) = channel(8);
/// let app = App::start(receiver).await?;
/// sender.send("a letter".to_owned()).await?;
/// assert!(app.letters.is_taken());
/// # assert!(app.stop().await.is_clean());
/// # Ok(())
/// # }
/// ```
///
/// The value can be taken once. An attempt of a start that has taken an input cannot be repeated: with `retry`, the next attempt
/// gets [`Taken`], which ends the attempts, and the error shown is that of the attempt before. A start that may have to try
/// again takes its input last, or takes what it can open again.
///
/// A value that nothing has taken is dropped as any input is, after the last service.
pub struct Take<T>(Mutex<Option<T>>);

impl<T> Take<T> {
    /// Returns an input with this value.
    #[must_use]
    pub const fn new(value: T) -> Self {
        Self(Mutex::new(Some(value)))
    }

    /// Takes the value.
    ///
    /// # Errors
    ///
    /// If it was taken before: by another start, or by an earlier attempt of the same one.
    pub fn take(&self) -> Result<T, Taken> {
        // A separate statement: a caller may drop the value at once, which must not happen under the lock.
        let value = lock(&self.0).take();
        value.ok_or(Taken { type_name: type_name::<T>() })
    }

    /// Returns whether the value was taken.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        lock(&self.0).is_none()
    }
}

impl<T> From<T> for Take<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T> fmt::Debug for Take<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Take").field("is_taken", &self.is_taken()).finish_non_exhaustive()
    }
}

/// The value of a [`Take`] was taken before.
///
/// Where an attempt of a start returns it, or an error that has it as a source, no further attempt follows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Taken {
    type_name: &'static str,
}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the input of type `{}` was taken before, by another start or by an earlier attempt of this one",
            self.type_name
        )
    }
}

impl Error for Taken {}
