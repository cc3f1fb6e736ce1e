//! Where the engine is with each service, handed from the start to the stop.

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::Crew;
use super::rest::Rest;
use super::task::{Attempt, Message, Teller};
use crate::status::ServiceState;
use crate::stopping::Stopping;

/// Where the engine is with a service.
pub(crate) enum Stage {
    /// It has not been started.
    Waiting,
    /// Its start runs; `asked` where it was asked to stop meanwhile.
    Starting { attempt: Attempt, asked: Option<Asked> },
    /// Its value exists.
    Started,
    /// Its stop runs.
    Stopping { abort: AbortHandle, asked: Asked },
    /// Nothing of it is left, or nothing that can be waited for.
    Ended,
}

impl Stage {
    /// What the service was asked, if it was and has not ended.
    pub(crate) fn asked(&mut self) -> Option<&mut Asked> {
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

/// A service was asked to stop.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) at: Instant,
    pub(crate) stopping: Stopping,
}

/// The stages of all services, with the channel on which their tasks tell of their end.
///
/// Dropped before all have ended, it aborts what is under way and drops the rest in stop order.
pub(crate) struct Roster {
    pub(crate) crew: Crew,
    pub(crate) stages: Vec<Stage>,
    pub(crate) tell: Teller,
    pub(crate) news: UnboundedReceiver<Message>,
}

impl Roster {
    pub(crate) fn waiting(crew: Crew) -> Self {
        Self::new(crew, || Stage::Waiting)
    }

    pub(crate) fn started(crew: Crew) -> Self {
        Self::new(crew, || Stage::Started)
    }

    fn new(crew: Crew, stage: impl Fn() -> Stage) -> Self {
        let stages = crew.shared.plan.services().iter().map(|_| stage()).collect();
        let (tell, news) = unbounded_channel();
        Self { tell: Teller::new(tell, Rest::new(crew.clone())), crew, stages, news }
    }

    /// A start of a group that will not start has ended before the service's turn to stop, with a value or without.
    pub(crate) fn came_back(&mut self, index: usize, has_started: bool) {
        let (stage, seen) = if has_started {
            (Stage::Started, ServiceState::Running)
        } else {
            (Stage::Waiting, ServiceState::Waiting)
        };
        self.stages[index] = stage;
        self.crew.shared.set(index, seen, Instant::now());
    }
}

impl Drop for Roster {
    fn drop(&mut self) {
        if self.stages.iter().any(|stage| !matches!(stage, Stage::Ended)) {
            self.tell.rest.abandon();
        }
        for stage in &self.stages {
            stage.abort();
        }
    }
}
