//! Where the engine is with each service, handed from the start to the stop.

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::GroupCore;
use super::abandon::AbandonGuard;
use super::tasks::{EventSender, StartHandle, TaskEvent};
use crate::model::ServiceState;
use crate::state::StopRequest;

/// Where the engine is with a service.
pub(crate) enum ServiceStage {
    /// It has not been started.
    Waiting,
    /// Its start runs; `asked` where it was asked to stop meanwhile.
    Starting { attempt: StartHandle, asked: Option<StopRequest> },
    /// Its value exists.
    Started,
    /// Its stop runs.
    Stopping { abort: AbortHandle, asked: StopRequest },
    /// Nothing of it is left, or nothing that can be waited for.
    Ended,
}

impl ServiceStage {
    /// What the service was asked, if it was and has not ended.
    pub(crate) fn asked(&mut self) -> Option<&mut StopRequest> {
        match self {
            Self::Starting { asked, .. } => asked.as_mut(),
            Self::Stopping { asked, .. } => Some(asked),
            Self::Waiting | Self::Started | Self::Ended => None,
        }
    }

    /// Aborts the task that is under way.
    pub(crate) fn abort(&self) {
        match self {
            Self::Starting { attempt, .. } => attempt.abort(),
            Self::Stopping { abort, .. } => abort.abort(),
            Self::Waiting | Self::Started | Self::Ended => {}
        }
    }
}

/// The stages of all services, with the channel on which their tasks tell of their end.
///
/// Dropped before all have ended, it aborts what is under way and drops the rest in stop order.
pub(crate) struct ServiceTable {
    pub(crate) crew: GroupCore,
    pub(crate) stages: Vec<ServiceStage>,
    pub(crate) tell: EventSender,
    pub(crate) news: UnboundedReceiver<TaskEvent>,
}

impl ServiceTable {
    pub(crate) fn waiting(crew: GroupCore) -> Self {
        Self::new(crew, || ServiceStage::Waiting)
    }

    pub(crate) fn started(crew: GroupCore) -> Self {
        Self::new(crew, || ServiceStage::Started)
    }

    fn new(crew: GroupCore, stage: impl Fn() -> ServiceStage) -> Self {
        let stages = crew.shared.plan.services().iter().map(|_| stage()).collect();
        let (tell, news) = unbounded_channel();
        Self { tell: EventSender::new(tell, AbandonGuard::new(crew.clone())), crew, stages, news }
    }

    /// A start of a group that will not start has ended before the service's turn to stop, with a value or without.
    pub(crate) fn came_back(&mut self, index: usize, has_started: bool) {
        let (stage, seen) = if has_started {
            (ServiceStage::Started, ServiceState::Running)
        } else {
            (ServiceStage::Waiting, ServiceState::Waiting)
        };
        self.stages[index] = stage;
        self.crew.shared.set(index, seen, Instant::now());
    }
}

impl Drop for ServiceTable {
    fn drop(&mut self) {
        if self.stages.iter().any(|stage| !matches!(stage, ServiceStage::Ended)) {
            self.tell.rest.abandon();
        }
        for stage in &self.stages {
            stage.abort();
        }
    }
}
