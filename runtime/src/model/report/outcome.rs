//! How the stop of a service ended, and the kind of that outcome.

use std::fmt;

use crate::model::{ServiceName, SharedError};
use crate::text::OneLine;

/// How the stop of a service ended.
///
/// It displays as its kind with the reason: `graceful`, `failed: disk full`, ``stuck (lent to `rpc`)``.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum StopOutcome {
    /// The service ended before it was forced.
    Graceful,
    /// The service ended after it was forced, or it cut a request.
    Forced,
    /// The window passed: the stop was cancelled and the service dropped.
    Aborted,
    /// The window passed, and a part of the service is still there: a thread that it blocks, or a borrowed value.
    #[non_exhaustive]
    Stuck {
        /// The service whose start still borrows the value, if that is the reason.
        lent_to: Option<ServiceName>,
    },
    /// The stop returned this error, or the service had failed with it before.
    Failed(SharedError),
    /// The stop panicked with this message.
    Panicked(String),
    /// The service had not started.
    NotStarted,
    /// The run left the service out: [`Runner::only`](crate::Runner::only).
    LeftOut,
    /// There was no service to stop: the value was `None`, or an empty collection.
    Absent,
}

/// The kind of a [`StopOutcome`], without its reason.
///
/// It displays as lower-case words: `graceful`, `not started`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StopOutcomeKind {
    /// [`StopOutcome::Graceful`].
    Graceful,
    /// [`StopOutcome::Forced`].
    Forced,
    /// [`StopOutcome::Aborted`].
    Aborted,
    /// [`StopOutcome::Stuck`].
    Stuck,
    /// [`StopOutcome::Failed`].
    Failed,
    /// [`StopOutcome::Panicked`].
    Panicked,
    /// [`StopOutcome::NotStarted`].
    NotStarted,
    /// [`StopOutcome::LeftOut`].
    LeftOut,
    /// [`StopOutcome::Absent`].
    Absent,
}

impl StopOutcome {
    /// Returns the kind of the outcome.
    #[must_use]
    pub const fn kind(&self) -> StopOutcomeKind {
        match self {
            Self::Graceful => StopOutcomeKind::Graceful,
            Self::Forced => StopOutcomeKind::Forced,
            Self::Aborted => StopOutcomeKind::Aborted,
            Self::Stuck { .. } => StopOutcomeKind::Stuck,
            Self::Failed(_) => StopOutcomeKind::Failed,
            Self::Panicked(_) => StopOutcomeKind::Panicked,
            Self::NotStarted => StopOutcomeKind::NotStarted,
            Self::LeftOut => StopOutcomeKind::LeftOut,
            Self::Absent => StopOutcomeKind::Absent,
        }
    }

    /// Returns whether there was something to stop: the service had started, and was not absent.
    #[must_use]
    pub const fn has_started(&self) -> bool {
        !matches!(self, Self::NotStarted | Self::LeftOut | Self::Absent)
    }

    /// Returns the exit code that this outcome demands: 0, 1 if the service failed, 3 if it was forced, aborted or stuck.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        self.kind().exit_code()
    }

    /// Returns the kind as text.
    pub(crate) const fn word(&self) -> &'static str {
        self.kind().as_str()
    }

    /// Returns the reason of the outcome on one line, if it has one.
    pub(crate) fn reason(&self) -> Option<String> {
        match self {
            Self::Failed(error) => Some(format!("{error:#}")),
            Self::Panicked(message) => Some(OneLine(message).to_string()),
            Self::Stuck { lent_to: Some(other) } => Some(format!("lent to `{other}`")),
            _ => None,
        }
    }
}

impl StopOutcomeKind {
    /// Returns the exit code that such an outcome demands: 0, 1 if the service failed, 3 if it was forced, aborted or
    /// stuck.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Graceful | Self::NotStarted | Self::LeftOut | Self::Absent => 0,
            Self::Failed | Self::Panicked => 1,
            Self::Forced | Self::Aborted | Self::Stuck => 3,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Graceful => "graceful",
            Self::Forced => "forced",
            Self::Aborted => "aborted",
            Self::Stuck => "stuck",
            Self::Failed => "failed",
            Self::Panicked => "panicked",
            Self::NotStarted => "not started",
            Self::LeftOut => "left out",
            Self::Absent => "absent",
        }
    }
}

impl fmt::Display for StopOutcomeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for StopOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())?;
        match (self, self.reason()) {
            (_, None) => Ok(()),
            (Self::Stuck { .. }, Some(reason)) => write!(f, " ({reason})"),
            (_, Some(reason)) => write!(f, ": {reason}"),
        }
    }
}
