//! What is known of one service.

use std::sync::Arc;

use tokio::time::Instant;

use super::{Busy, GroupState, StopContext};
use crate::model::{
    GroupPhase, GroupStatus, ServiceId, ServiceState, ServiceStatus, SharedError, StatsSource, StopOutcome,
    StopProgress,
};

/// A request to a service to stop.
#[derive(Debug, Clone)]
pub(crate) struct StopRequest {
    pub(crate) at: Instant,
    pub(crate) stopping: StopContext,
}

/// What is known of one service.
#[derive(Debug, Clone)]
pub(super) struct ServiceEntry {
    pub(super) state: ServiceState,
    pub(super) since: Instant,
    pub(super) failure: Option<SharedError>,
    pub(super) live: Option<Arc<dyn StatsSource>>,
    /// Once it was asked to stop.
    pub(super) asked: Option<StopRequest>,
    pub(super) ending: Option<StopOutcome>,
    /// What is done for it.
    pub(super) work: Vec<Busy>,
    /// The group that it is, from the begin of its start.
    pub(super) nested: Option<Arc<GroupState>>,
}

impl ServiceEntry {
    pub(super) fn waiting(since: Instant) -> Self {
        Self {
            state: ServiceState::Waiting,
            since,
            failure: None,
            live: None,
            asked: None,
            ending: None,
            work: Vec::new(),
            nested: None,
        }
    }

    pub(super) fn status(
        &self,
        (id, name): (ServiceId, &'static str),
        waits_for: Vec<&'static str>,
        now: Instant,
    ) -> ServiceStatus {
        ServiceStatus {
            id,
            name: name.into(),
            state: self.state,
            in_state_for: now.saturating_duration_since(self.since),
            waits_for: waits_for.into_iter().map(Into::into).collect(),
            stop: self.asked.as_ref().map(|asked| self.progress(asked, now)),
            outcome: self.ending.clone(),
            failure: self.failure.clone(),
            stats: self.live.as_ref().map(|live| live.stats()),
            nested: self.nested().map(Box::new),
        }
    }

    pub(super) fn is_on_thread(&self) -> bool {
        self.work.iter().any(Busy::is_on_thread)
    }

    fn progress(&self, asked: &StopRequest, now: Instant) -> StopProgress {
        let at = if self.state == ServiceState::Stopped { self.since } else { now };
        let (deadline, forced) = (asked.stopping.deadline(), asked.stopping.is_forced());
        StopProgress::at(at, &(asked.at..deadline), forced)
    }

    /// A group that was aborted cannot say what became of it.
    fn nested(&self) -> Option<GroupStatus> {
        let status = self.nested.as_ref().map(|nested| nested.status());
        status.filter(|status| self.state != ServiceState::Stopped || status.phase == GroupPhase::Stopped)
    }
}
