//! The status of a group after each change, for those that watch it.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

use super::GroupState;
use crate::model::{GroupPhase, GroupStatus};

/// Yields the status of a group now and after each change: [`GroupHandle::changes`](crate::GroupHandle::changes).
///
/// ```
/// # use service_group::GroupHandle;
/// # async fn watch(group: GroupHandle) {
/// let mut changes = group.changes();
/// while let Some(status) = changes.next().await {
///     println!("{} is {}", status.group_name, status.phase);
/// } // the group has stopped
/// # }
/// ```
pub struct Changes {
    group: Arc<GroupState>,
    receiver: watch::Receiver<u64>,
    is_over: bool,
}

impl Changes {
    pub(super) fn new(group: Arc<GroupState>) -> Self {
        let mut receiver = group.subscribe();
        // The first status is that of now.
        receiver.mark_changed();
        Self { group, receiver, is_over: false }
    }

    /// Returns the current status at the first call, and then the status after the next change.
    ///
    /// Changes between two calls are joined into one. After the status with the phase
    /// [`Stopped`](GroupPhase::Stopped) it returns `None`.
    ///
    /// # Cancel safety
    ///
    /// No change is lost if the future is dropped.
    pub async fn next(&mut self) -> Option<GroupStatus> {
        if self.is_over {
            return None;
        }
        // The sender is part of the state that this holds, so that there is no error.
        let _ = self.receiver.changed().await;
        let status = self.group.status();
        self.is_over = status.phase == GroupPhase::Stopped;
        Some(status)
    }
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes")
            .field("group", &self.group.plan.name())
            .field("is_over", &self.is_over)
            .finish_non_exhaustive()
    }
}
