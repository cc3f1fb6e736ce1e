//! The handle that keeps a group not ready although all of its services run.

use std::fmt;
use std::sync::Arc;

use super::GroupState;

/// Keeps a group not ready while it lives: [`GroupHandle::hold`](crate::GroupHandle::hold).
#[must_use = "the group is ready again when this is dropped"]
pub struct NotReady {
    group: Arc<GroupState>,
    id: u64,
}

impl NotReady {
    pub(super) fn new(group: Arc<GroupState>, reason: String) -> Self {
        let id = group.state().not_ready.add(reason);
        group.notify_watchers();
        Self { group, id }
    }
}

impl Drop for NotReady {
    fn drop(&mut self) {
        self.group.state().not_ready.remove(self.id);
        self.group.notify_watchers();
    }
}

impl fmt::Debug for NotReady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NotReady").field("group", &self.group.plan.name()).finish_non_exhaustive()
    }
}
