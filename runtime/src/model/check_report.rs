//! What the checks of a group found.

use std::fmt;

use super::{ServiceName, SharedError};
use crate::text::quoted;

/// What the checks of a group found: [`GroupHandle::check`](crate::GroupHandle::check).
///
/// It displays as one line: `all checks passed`, or the services that fail with the services that use them.
#[derive(Debug, Clone, Default)]
#[must_use = "a report that is not read hides failing checks"]
#[non_exhaustive]
pub struct CheckReport {
    /// The services whose check fails, in the order of the fields. Those of a nested group follow its place.
    pub failures: Vec<CheckFailure>,
}

/// A service whose check fails.
///
/// It displays as ``store` (used by `rpc`, `gateway`): no answer within 1 s``.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CheckFailure {
    /// The service, after the path of its nested group: `storage.index`.
    pub service: ServiceName,
    /// The services that use it, directly or through others.
    pub used_by: Vec<ServiceName>,
    /// Why it fails.
    pub error: SharedError,
    /// Whether the service may fail: it is degraded then, and the group is ready.
    pub may_fail: bool,
}

impl CheckReport {
    /// Returns whether no check fails except those of services that may fail.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.failures.iter().all(|failure| failure.may_fail)
    }
}

impl CheckFailure {
    /// Returns the service with the services that use it, without the error: for those who must not see it.
    #[must_use]
    pub fn without_error(&self) -> String {
        match &*quoted(&self.used_by, ", ") {
            "" => format!("`{}`", self.service),
            users => format!("`{}` (used by {users})", self.service),
        }
    }
}

impl fmt::Display for CheckFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:#}", self.without_error(), self.error)
    }
}

impl fmt::Display for CheckReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.failures.is_empty() {
            return f.write_str("all checks passed");
        }
        for (at, failure) in self.failures.iter().enumerate() {
            write!(f, "{}{failure}", if at == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}
