//! The forms in which errors travel, and the errors that this crate makes of others.

use std::error::Error;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use super::ServiceName;
use crate::text::{ErrorChain, HumanDuration, OneLine};

/// Any error, boxed.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// An error that several places show: the cause of a stop, the report, the status.
///
/// It derefs to the error itself, so that it can be downcast. Its `Display` is that of the error; `{:#}` adds all sources
/// on the same line.
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
pub struct SharedError(Arc<dyn Error + Send + Sync>);

impl From<BoxError> for SharedError {
    /// An error that is a boxed `SharedError` already is not wrapped again.
    fn from(error: BoxError) -> Self {
        match error.downcast::<Self>() {
            Ok(shared) => *shared,
            Err(error) => Self(error.into()),
        }
    }
}

impl Deref for SharedError {
    type Target = dyn Error + Send + Sync;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl fmt::Debug for SharedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for SharedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() { ErrorChain(&**self).fmt(f) } else { self.0.fmt(f) }
    }
}

impl Error for SharedError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
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

    /// Returns how many restarts the policy allows, and within which time.
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
    fn the_chain_is_in_the_alternate_form_alone() {
        let error = SharedError::from(BoxError::from(io::Error::other("disk full")));
        let nested = SharedError::from(BoxError::from(NestedFailure::new("log".into(), error)));
        assert_eq!(nested.to_string(), "`log` failed");
        assert_eq!(format!("{nested:#}"), "`log` failed: disk full");
    }
}
