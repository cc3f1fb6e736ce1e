//! Reasons for which a group is not ready although all of its services run.

use std::fmt;
use std::sync::Arc;

use super::GroupState;

/// Keeps a group not ready while it lives: [`GroupHandle::hold`](crate::GroupHandle::hold).
#[must_use = "the group is ready again when this is dropped"]
pub struct NotReady {
    group: Arc<GroupState>,
    id: u64,
}

/// The reasons that hold now.
#[derive(Debug, Default)]
pub(super) struct Reasons {
    next: u64,
    held: Vec<(u64, String)>,
}

impl NotReady {
    pub(super) fn new(group: Arc<GroupState>, reason: String) -> Self {
        let id = {
            let mut state = group.state();
            let Reasons { next, held } = &mut state.not_ready;
            let id = *next;
            *next += 1;
            held.push((id, reason));
            id
        };
        group.notify_watchers();
        Self { group, id }
    }
}

impl Drop for NotReady {
    fn drop(&mut self) {
        self.group.state().not_ready.held.retain(|(id, _)| *id != self.id);
        self.group.notify_watchers();
    }
}

impl Reasons {
    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Returns the reasons, the oldest first.
    pub(super) fn texts(&self) -> Vec<String> {
        self.held.iter().map(|(_, reason)| reason.clone()).collect()
    }
}

impl fmt::Debug for NotReady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NotReady").field("group", &self.group.plan.name()).finish_non_exhaustive()
    }
}
