//! The state of one service of a group.

use std::sync::Arc;

use tokio::time::Instant;

use super::stats_reader::StatsReader;
use super::{Busy, GroupState, StopContext};
use crate::model::{
    GroupPhase, GroupStatus, ServerStats, ServiceId, ServiceState, ServiceStatus, SharedError, StopOutcome,
    StopProgress,
};

/// A request to a service to stop.
#[derive(Debug, Clone)]
pub(crate) struct StopRequest {
    pub(crate) at: Instant,
    pub(crate) context: StopContext,
}

/// How the statistics of a service are read.
pub(super) type ReadStats = fn(&StatsReader) -> Option<ServerStats>;

/// The state of one service.
#[derive(Debug, Clone)]
pub(super) struct ServiceEntry {
    pub(super) state: ServiceState,
    pub(super) since: Instant,
    pub(super) failure: Option<SharedError>,
    pub(super) stats: Option<StatsReader>,
    /// Set when it is told to stop.
    pub(super) request: Option<StopRequest>,
    pub(super) outcome: Option<StopOutcome>,
    /// Its start, its stop, and its own task.
    pub(super) work: Vec<Busy>,
    /// The group that it is, set when its start begins.
    pub(super) nested: Option<Arc<GroupState>>,
}

impl ServiceEntry {
    pub(super) fn waiting(since: Instant) -> Self {
        Self {
            state: ServiceState::Waiting,
            since,
            failure: None,
            stats: None,
            request: None,
            outcome: None,
            work: Vec::new(),
            nested: None,
        }
    }

    pub(super) fn status(
        &self,
        (id, name): (ServiceId, &'static str),
        waits_for: Vec<&'static str>,
        now: Instant,
        read: ReadStats,
    ) -> ServiceStatus {
        ServiceStatus {
            id,
            name: name.into(),
            state: self.state,
            in_state_for: now.saturating_duration_since(self.since),
            waits_for: waits_for.into_iter().map(Into::into).collect(),
            stop: self.request.as_ref().map(|request| self.progress(request, now)),
            outcome: self.outcome.clone(),
            failure: self.failure.clone(),
            stats: self.stats.as_ref().and_then(read),
            nested: self.nested(read).map(Box::new),
        }
    }

    pub(super) fn is_on_thread(&self) -> bool {
        self.work.iter().any(Busy::is_on_thread)
    }

    fn progress(&self, request: &StopRequest, now: Instant) -> StopProgress {
        let at = if self.state == ServiceState::Stopped { self.since } else { now };
        let (deadline, forced) = (request.context.deadline(), request.context.is_forced());
        StopProgress::at(at, &(request.at..deadline), forced)
    }

    /// Returns the status of the nested group. One that was aborted has no true status.
    fn nested(&self, read: ReadStats) -> Option<GroupStatus> {
        let status = self.nested.as_ref().map(|nested| nested.status_with(read));
        status.filter(|status| self.state != ServiceState::Stopped || status.phase == GroupPhase::Stopped)
    }
}
