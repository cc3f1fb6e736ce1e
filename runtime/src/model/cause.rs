//! Why a group stops.

use std::fmt;

use super::SharedError;
use crate::text::ErrorChain;

/// Why a group stops. The first cause counts; what comes later is in the report.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum StopCause {
    /// [`GroupHandle::request_stop`](crate::GroupHandle::request_stop), or [`Running::stop`](crate::Running::stop)
    /// with nothing before it.
    Requested,
    /// A signal came, by its name: `SIGTERM`.
    Signal(&'static str),
    /// A service ended, and the group with it.
    Ended {
        /// The service.
        service: &'static str,
    },
    /// A service failed while the group was running.
    Failed {
        /// The service.
        service: &'static str,
        /// What it failed with.
        error: SharedError,
    },
    /// A service did not start.
    NotStarted {
        /// The service.
        service: &'static str,
    },
}

impl StopCause {
    /// Whether somebody asked for the stop, so that it is no failure.
    #[must_use]
    pub fn is_request(&self) -> bool {
        matches!(self, Self::Requested | Self::Signal(_) | Self::Ended { .. })
    }
}

impl fmt::Display for StopCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requested => f.write_str("on request"),
            Self::Signal(name) => write!(f, "on {name}"),
            Self::Ended { service } => write!(f, "because `{service}` ended"),
            Self::Failed { service, error } => {
                write!(f, "because `{service}` failed: {}", ErrorChain(&**error))
            }
            Self::NotStarted { service } => write!(f, "because `{service}` did not start"),
        }
    }
}
