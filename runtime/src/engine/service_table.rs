//! The stage of each service, passed from the start to the stop.

use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::GroupCore;
use super::abandon::AbandonGuard;
use super::start_handle::StartHandle;
use super::tasks::{EventSender, TaskEvent};
use crate::model::SharedError;
use crate::state::StopRequest;

/// The stage of one service.
pub(crate) enum ServiceStage {
    /// It has not been started.
    Waiting,
    /// Its start runs. `request` is set if its stop was requested in the meantime.
    Starting { start: StartHandle, since: Instant, request: Option<StopRequest> },
    /// Its start returned an error, and is going to be tried again.
    Retrying { error: SharedError },
    /// Its value exists.
    Started,
    /// Its stop runs.
    Stopping { abort: AbortHandle, request: StopRequest },
    /// Nothing of it is left, or nothing that the engine can wait for.
    Ended,
}

impl ServiceStage {
    /// Returns the stop request of a service that has not ended.
    pub(crate) fn request(&mut self) -> Option<&mut StopRequest> {
        match self {
            Self::Starting { request, .. } => request.as_mut(),
            Self::Stopping { request, .. } => Some(request),
            Self::Waiting | Self::Retrying { .. } | Self::Started | Self::Ended => None,
        }
    }

    /// Aborts the task that runs.
    pub(crate) fn abort(&self) {
        match self {
            Self::Starting { start, .. } => start.abort(),
            Self::Stopping { abort, .. } => abort.abort(),
            Self::Waiting | Self::Retrying { .. } | Self::Started | Self::Ended => {}
        }
    }
}

/// The stages of all services, with the channel through which their tasks report that they have ended.
///
/// If it is dropped before all services have ended, it aborts the running tasks and drops the rest in stop order.
pub(crate) struct ServiceTable {
    pub(crate) core: GroupCore,
    pub(crate) stages: Vec<ServiceStage>,
    pub(crate) sender: EventSender,
    pub(crate) events: UnboundedReceiver<TaskEvent>,
}

impl ServiceTable {
    /// A table in which no service has started.
    pub(crate) fn waiting(core: GroupCore) -> Self {
        Self::new(core, |_| ServiceStage::Waiting)
    }

    /// A table in which all services have started that the run does not leave out.
    pub(crate) fn started(core: GroupCore) -> Self {
        let selection = Arc::clone(&core.selection);
        let is_left_out = move |index| selection.is_left_out(index);
        Self::new(
            core,
            |index| {
                if is_left_out(index) { ServiceStage::Waiting } else { ServiceStage::Started }
            },
        )
    }

    fn new(core: GroupCore, stage: impl Fn(usize) -> ServiceStage) -> Self {
        let stages = (0..core.group.plan.services().len()).map(stage).collect();
        let (sender, events) = unbounded_channel();
        Self { sender: EventSender::new(sender, AbandonGuard::new(core.clone())), core, stages, events }
    }

    /// Records that a start ended during a roll-back, before the service's turn to stop, with a value or without.
    pub(crate) fn end_start_before_turn(&mut self, index: usize, has_started: bool) {
        self.stages[index] = if has_started { ServiceStage::Started } else { ServiceStage::Waiting };
        self.core.group.set_ended_start(index, has_started, Instant::now());
    }
}

impl Drop for ServiceTable {
    fn drop(&mut self) {
        if self.stages.iter().any(|stage| !matches!(stage, ServiceStage::Ended)) {
            self.sender.abandon_guard().abandon();
        }
        for stage in &self.stages {
            stage.abort();
        }
    }
}
