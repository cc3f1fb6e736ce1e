//! How long a stop may take, and how long a start pauses between its attempts.

use std::fmt;
use std::time::Duration;

use crate::text::HumanDuration;

/// How long a service may take to stop.
///
/// It displays as the guaranteed time: `5 s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Window {
    /// The `stop_within` of the field: guaranteed, and no more than that.
    Capped(Duration),
    /// Guaranteed by the type. The service may also use the time that the rest of the group leaves over.
    Guaranteed(Duration),
}

/// The pauses between the attempts of a start with `retry`.
///
/// It displays as in the attribute: `100 ms..5 s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// The pause after the first failure. Each further one is twice as long.
    pub shortest: Duration,
    /// The longest pause.
    pub longest: Duration,
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        HumanDuration(self.guaranteed()).fmt(f)
    }
}

impl fmt::Display for RetryPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", HumanDuration(self.shortest), HumanDuration(self.longest))
    }
}

impl Window {
    /// Returns the time that the service has in any case.
    #[must_use]
    pub const fn guaranteed(self) -> Duration {
        match self {
            Self::Capped(window) | Self::Guaranteed(window) => window,
        }
    }
}
