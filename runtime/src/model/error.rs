//! The forms in which errors travel, and the errors that this crate makes of others.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use super::{ServiceName, Taken};
use crate::text::{HumanDuration, OneLine, bounded, catch_panic, sources};

/// Any error, boxed.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// An error that several places show: the cause of a stop, the report, the status.
///
/// It derefs to the error itself, so that it can be downcast. Its `Display` is that of the error; `{:#}` adds all sources
/// on the same line. Both are read from the error once, when it is wrapped, so that to show it runs no foreign code.
///
/// ```
/// use std::io;
/// use service_group::{BoxError, SharedError};
///
/// let error = SharedError::from(BoxError::from(io::Error::other("disk full")));
/// let shown_elsewhere = error.clone();
/// assert!(shown_elsewhere.downcast_ref::<io::Error>().is_some());
/// ```
#[derive(Clone)]
pub struct SharedError(Arc<Inner>);

struct Inner {
    error: BoxError,
    message: String,
    /// The message, and those of all sources.
    chain: String,
    /// Whether the error, or a source, is [`Taken`].
    is_taken: bool,
}

impl SharedError {
    /// Wraps an error of this crate whose only source is `source`, without another read of that error.
    pub(crate) fn caused_by(error: impl Error + Send + Sync + 'static, source: &Self) -> Self {
        let message = error.to_string();
        let chain = format!("{}: {source:#}", OneLine(&message));
        Self(Arc::new(Inner { error: error.into(), message, chain, is_taken: source.is_taken() }))
    }

    /// Returns whether the error, or one of its sources, is [`Taken`].
    pub(crate) fn is_taken(&self) -> bool {
        self.0.is_taken
    }
}

impl From<BoxError> for SharedError {
    /// An error that is a boxed `SharedError` already is not wrapped again.
    fn from(error: BoxError) -> Self {
        match error.downcast::<Self>() {
            Ok(shared) => *shared,
            Err(error) => {
                let message = catch_panic(|| bounded(&*error)).unwrap_or_else(|panic| {
                    format!("an error whose `Display` panicked: {}", OneLine(&panic))
                });
                let mut is_taken = error.is::<Taken>();
                let visit = |source: &(dyn Error + 'static)| is_taken |= source.is::<Taken>();
                let sources = catch_panic(|| sources(&*error, message.clone(), visit))
                    .unwrap_or_else(|panic| format!(": a source that panicked: {}", OneLine(&panic)));
                let chain = format!("{}{sources}", OneLine(&message));
                Self(Arc::new(Inner { error, message, chain, is_taken }))
            }
        }
    }
}

impl Deref for SharedError {
    type Target = dyn Error + Send + Sync;

    fn deref(&self) -> &Self::Target {
        &*self.0.error
    }
}

impl fmt::Debug for SharedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0.error, f)
    }
}

impl fmt::Display for SharedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if f.alternate() { &self.0.chain } else { &self.0.message })
    }
}

impl Error for SharedError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.error.source()
    }
}

/// A panic in the task, thread or `finished` future of a running service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Panicked {
    message: String,
}

impl Panicked {
    pub(crate) fn new(message: String) -> Self {
        Self { message }
    }

    /// Returns the message of the panic.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "panicked: {}", OneLine(&self.message))
    }
}

impl Error for Panicked {}

/// A service of a nested group failed, and the nested group with it. The [`source`](Error::source) is its error.
#[derive(Debug, Clone)]
pub struct NestedFailure {
    service: ServiceName,
    error: SharedError,
}

impl NestedFailure {
    pub(crate) fn new(service: ServiceName, error: SharedError) -> Self {
        Self { service, error }
    }

    pub(crate) fn into_shared(self) -> SharedError {
        let source = self.error.clone();
        SharedError::caused_by(self, &source)
    }

    /// Returns the service that failed.
    #[must_use]
    pub fn service(&self) -> &ServiceName {
        &self.service
    }
}

impl fmt::Display for NestedFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` failed", self.service)
    }
}

impl Error for NestedFailure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.error)
    }
}

/// A task of [`Tasks`](crate::Tasks) failed, and the service with it. The [`source`](Error::source) is its error.
#[derive(Debug, Clone)]
pub struct TaskFailed {
    task: Cow<'static, str>,
    error: SharedError,
}

impl TaskFailed {
    pub(crate) fn new(task: Cow<'static, str>, error: SharedError) -> Self {
        Self { task, error }
    }

    pub(crate) fn into_shared(self) -> SharedError {
        let source = self.error.clone();
        SharedError::caused_by(self, &source)
    }

    /// Returns the name of the task.
    #[must_use]
    pub fn task(&self) -> &str {
        &self.task
    }
}

impl fmt::Display for TaskFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` failed", OneLine(&self.task))
    }
}

impl Error for TaskFailed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.error)
    }
}

/// A task failed more often than its [`RestartPolicy`](crate::RestartPolicy) allows. The [`source`](Error::source) is its
/// last error.
#[derive(Debug, Clone)]
pub struct RestartsExhausted {
    restarts: usize,
    within: Duration,
    error: SharedError,
}

impl RestartsExhausted {
    pub(crate) fn new(restarts: usize, within: Duration, error: SharedError) -> Self {
        Self { restarts, within, error }
    }

    pub(crate) fn into_shared(self) -> SharedError {
        let source = self.error.clone();
        SharedError::caused_by(self, &source)
    }

    /// Returns how many restarts there were, and within which time.
    #[must_use]
    pub fn limit(&self) -> (usize, Duration) {
        (self.restarts, self.within)
    }
}

impl fmt::Display for RestartsExhausted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed after {} restarts within {}", self.restarts, HumanDuration(self.within))
    }
}

impl Error for RestartsExhausted {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.error)
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn a_shared_error_is_not_wrapped_twice() {
        let error = SharedError::from(BoxError::from(io::Error::other("disk full")));
        let again = SharedError::from(BoxError::from(error));
        assert!(again.downcast_ref::<io::Error>().is_some());
    }

    #[test]
    fn an_error_whose_display_panics_is_named() {
        #[derive(Debug)]
        struct Panics;
        impl fmt::Display for Panics {
            fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                panic!("no text")
            }
        }
        impl Error for Panics {}
        let error = SharedError::from(BoxError::from(Panics));
        assert_eq!(format!("{error:#}"), "an error whose `Display` panicked: no text");
        assert!(error.downcast_ref::<Panics>().is_some());
    }

    #[test]
    fn the_chain_is_in_the_alternate_form_alone() {
        let error = SharedError::from(BoxError::from(io::Error::other("disk full")));
        let nested = NestedFailure::new("log".into(), error).into_shared();
        assert_eq!(nested.to_string(), "`log` failed");
        assert_eq!(format!("{nested:#}"), "`log` failed: disk full");
    }
}
