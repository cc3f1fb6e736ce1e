//! What happened in a reload.

use std::fmt;

use super::{ServiceName, SharedError};
use crate::text::quoted;

/// What happened in a reload: [`GroupHandle::reload`](crate::GroupHandle::reload).
///
/// It displays as one line: the services that were reloaded, and why the reload ended if it did not reach all.
#[derive(Debug, Clone, Default)]
#[must_use = "a report that is not read hides a reload that failed"]
#[non_exhaustive]
pub struct ReloadReport {
    /// The services that have their new state, in the order in which they were reloaded. Those of nested groups stand
    /// after the path of the group: `storage.index`.
    pub reloaded: Vec<ServiceName>,
    /// The service that failed and keeps its previous state. The reload has ended with it.
    pub failed: Option<(ServiceName, SharedError)>,
    /// The services that were not asked, since the reload ended before.
    pub not_asked: Vec<ServiceName>,
    /// Whether a stop request ended the reload.
    pub is_interrupted: bool,
}

impl ReloadReport {
    /// Returns whether all services that have a `reload` were reloaded.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.failed.is_none() && !self.is_interrupted
    }
}

impl fmt::Display for ReloadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |names: &[ServiceName]| quoted(names, ", ");
        match &self.failed {
            Some((service, error)) => {
                write!(f, "`{service}` failed to reload and keeps its previous state: {error:#}")?;
            }
            None if self.is_interrupted => f.write_str("a stop request ended the reload")?,
            None if self.reloaded.is_empty() => return f.write_str("no service has a `reload`"),
            None => return write!(f, "reloaded {}", list(&self.reloaded)),
        }
        if !self.reloaded.is_empty() {
            write!(f, "; reloaded before: {}", list(&self.reloaded))?;
        }
        if !self.not_asked.is_empty() {
            write!(f, "; not asked: {}", list(&self.not_asked))?;
        }
        Ok(())
    }
}
