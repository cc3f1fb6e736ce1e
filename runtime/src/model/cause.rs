//! The cause of a stop, and its kind.

use std::fmt;

use super::{Panicked, ServiceName, SharedError, SignalKind};

/// Why a group stops. The first cause counts; later failures are in the report.
///
/// Its `Display` completes a sentence about the stop: `on SIGTERM`, ``because `store` failed: disk full``.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum StopCause {
    /// Code requested the stop: [`GroupHandle::request_stop`](crate::GroupHandle::request_stop), or
    /// [`Running::stop`](crate::Running::stop) without an earlier cause.
    Requested,
    /// The process received a signal.
    Signal(SignalKind),
    /// All services that [`Runner::only`](crate::Runner::only) names are done.
    Completed,
    /// A service ended that ends its group.
    #[non_exhaustive]
    Ended {
        /// The service.
        service: ServiceName,
    },
    /// A service failed while the group was running.
    #[non_exhaustive]
    Failed {
        /// The service.
        service: ServiceName,
        /// The error of the service.
        error: SharedError,
    },
    /// The function that [`Runner::on_ready`](crate::Runner::on_ready) set panicked.
    OnReadyPanicked(Panicked),
    /// A service did not start.
    #[non_exhaustive]
    NotStarted {
        /// The service.
        service: ServiceName,
    },
}

/// The kind of a [`StopCause`], without its service, signal or error.
///
/// It displays as lower-case words: `requested`, `not started`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StopCauseKind {
    /// [`StopCause::Requested`].
    Requested,
    /// [`StopCause::Signal`].
    Signal,
    /// [`StopCause::Completed`].
    Completed,
    /// [`StopCause::Ended`].
    Ended,
    /// [`StopCause::Failed`].
    Failed,
    /// [`StopCause::OnReadyPanicked`].
    OnReadyPanicked,
    /// [`StopCause::NotStarted`].
    NotStarted,
}

impl StopCause {
    /// Returns the kind of the cause.
    #[must_use]
    pub const fn kind(&self) -> StopCauseKind {
        match self {
            Self::Requested => StopCauseKind::Requested,
            Self::Signal(_) => StopCauseKind::Signal,
            Self::Completed => StopCauseKind::Completed,
            Self::Ended { .. } => StopCauseKind::Ended,
            Self::Failed { .. } => StopCauseKind::Failed,
            Self::OnReadyPanicked(_) => StopCauseKind::OnReadyPanicked,
            Self::NotStarted { .. } => StopCauseKind::NotStarted,
        }
    }

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
            Self::Completed => f.write_str("because its work was done"),
            Self::Ended { service } => write!(f, "because `{service}` ended"),
            Self::Failed { service, error } => {
                write!(f, "because `{service}` failed: {error:#}")
            }
            Self::OnReadyPanicked(panicked) => write!(f, "because `on_ready` {panicked}"),
            Self::NotStarted { service } => write!(f, "because `{service}` did not start"),
        }
    }
}

impl fmt::Display for StopCauseKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Requested => "requested",
            Self::Signal => "signal",
            Self::Completed => "completed",
            Self::Ended => "ended",
            Self::Failed => "failed",
            Self::OnReadyPanicked => "on_ready panicked",
            Self::NotStarted => "not started",
        })
    }
}
