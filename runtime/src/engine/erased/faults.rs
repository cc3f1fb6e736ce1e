//! Where the feature `testing` reaches into the engine: faults stand around the values of a group, and a service that hangs by
//! a fault uses up its window at once.

use std::sync::Arc;

use super::ErasedServices;
use crate::state::GroupState;

tokio::task_local! {
    /// The faults of the group that starts in this task.
    pub(crate) static FAULTS: Arc<dyn FaultsOf>;
}

/// The faults of one group.
pub(crate) trait FaultsOf: Send + Sync {
    /// Puts the faults around the values of the group.
    fn around(&self, group: &Arc<GroupState>, services: Arc<dyn ErasedServices>) -> Arc<dyn ErasedServices>;
}

/// Returns the values of a group with the faults of the start that runs in this task, if there are any.
pub(crate) fn with_faults(
    services: Arc<dyn ErasedServices>,
    group: &Arc<GroupState>,
) -> Arc<dyn ErasedServices> {
    match FAULTS.try_with(Arc::clone) {
        Ok(faults) => faults.around(group, services),
        Err(_) => services,
    }
}

/// A step of a service that has a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The first attempt of its start.
    Start,
    /// The pause after an attempt that failed.
    Pause,
    /// Its stop.
    Stop,
}

/// How much of a window is over as soon as it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsedUp {
    /// Nothing of it.
    Nothing,
    /// The time until the service is forced.
    UntilForced,
    /// All of it.
    All,
}
