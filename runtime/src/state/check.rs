//! The `check` of one service, with the result of its last call.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::CallOnClone;
use crate::model::SharedError;
use crate::sync::lock;

/// How long a success is valid. A failure is not kept: the next question checks again.
const VALID: Duration = Duration::from_secs(1);

/// The `check` of a service, with what the last call found.
#[derive(Debug)]
pub(crate) struct Check {
    pub(crate) call: Arc<CallOnClone>,
    found: Mutex<Found>,
}

#[derive(Debug, Default)]
struct Found {
    passed_at: Option<Instant>,
    failure: Option<SharedError>,
}

/// How a result differs from the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CheckChange {
    None,
    Fails,
    PassesAgain,
}

impl Check {
    pub(crate) fn new(call: CallOnClone) -> Self {
        Self { call: Arc::new(call), found: Mutex::default() }
    }

    /// Returns whether a success is still valid.
    pub(crate) fn is_valid(&self, now: Instant) -> bool {
        lock(&self.found).passed_at.is_some_and(|at| now.saturating_duration_since(at) < VALID)
    }

    pub(crate) fn failure(&self) -> Option<SharedError> {
        lock(&self.found).failure.clone()
    }

    /// Records a result, and returns whether it is another one than before.
    pub(crate) fn record(&self, failure: Option<SharedError>, now: Instant) -> CheckChange {
        let mut found = lock(&self.found);
        let change = match (&found.failure, &failure) {
            (None, Some(_)) => CheckChange::Fails,
            (Some(_), None) => CheckChange::PassesAgain,
            _ => CheckChange::None,
        };
        *found = Found { passed_at: failure.is_none().then_some(now), failure };
        change
    }
}
