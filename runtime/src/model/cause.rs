//! Why a group stops.

use std::fmt;

use super::{Panicked, ServiceName, SharedError, SignalKind};
use crate::text::ErrorChain;

/// Why a group stops. The first cause counts; what comes later is in the report.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum StopCause {
    /// [`GroupHandle::request_stop`](crate::GroupHandle::request_stop), or [`Running::stop`](crate::Running::stop)
    /// with nothing before it.
    Requested,
    /// A signal came.
    Signal(SignalKind),
    /// A service ended, and the group with it.
    Ended {
        /// The service.
        service: ServiceName,
    },
    /// A service failed while the group was running.
    Failed {
        /// The service.
        service: ServiceName,
        /// What it failed with.
        error: SharedError,
    },
    /// The function that [`Runner::on_ready`](crate::Runner::on_ready) set panicked.
    OnReadyPanicked(Panicked),
    /// A service did not start.
    NotStarted {
        /// The service.
        service: ServiceName,
    },
}

impl StopCause {
    /// Returns whether a failure caused the stop: a service failed, or did not start.
    #[must_use]
    pub const fn is_failure(&self) -> bool {
        matches!(self, Self::Failed { .. } | Self::NotStarted { .. } | Self::OnReadyPanicked(_))
    }
}

impl fmt::Display for StopCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requested => f.write_str("on request"),
            Self::Signal(signal) => write!(f, "on {signal}"),
            Self::Ended { service } => write!(f, "because `{service}` ended"),
            Self::Failed { service, error } => {
                write!(f, "because `{service}` failed: {}", ErrorChain(&**error))
            }
            Self::OnReadyPanicked(panicked) => write!(f, "because `on_ready` {panicked}"),
            Self::NotStarted { service } => write!(f, "because `{service}` did not start"),
        }
    }
}
