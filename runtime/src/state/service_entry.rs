//! The state of one service of a group.

use std::sync::Arc;

use tokio::time::Instant;

use super::stats_reader::StatsReader;
use super::{Busy, CallOnClone, GroupState, StopContext};
use crate::model::{
    ByCall, CallKind, GroupPhase, GroupStatus, ServerStats, ServiceId, ServicePlan, ServiceState,
    ServiceStatus, SharedError, StopOutcome, StopProgress,
};

/// A request to a service to stop.
#[derive(Debug, Clone)]
pub(crate) struct StopRequest {
    pub(crate) at: Instant,
    pub(crate) context: StopContext,
}

/// The start of a service, as far as it has come.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is known apart from the others")]
pub(super) struct StartRecord {
    /// When the first attempt began.
    pub(super) begun: Option<Instant>,
    /// When the service had started, or its start had failed.
    pub(super) ended: Option<Instant>,
    /// The service that started last of those that start before it.
    pub(super) waited_for: Option<usize>,
    pub(super) attempts: u32,
    /// The error of the last attempt that failed.
    pub(super) failure: Option<SharedError>,
    /// Why the value that the attempt has returned must not run in this field.
    pub(super) refusal: Option<SharedError>,
    pub(super) has_started: bool,
    /// Whether a value or another start was in place of the written start.
    pub(super) is_replaced: bool,
    /// Whether the value was given.
    pub(super) is_given: bool,
    pub(super) is_left_out: bool,
}

/// How the statistics of a service are read.
pub(super) type ReadStats = fn(&StatsReader) -> Option<ServerStats>;

/// The state of one service.
#[derive(Debug, Clone)]
pub(super) struct ServiceEntry {
    pub(super) state: ServiceState,
    pub(super) since: Instant,
    pub(super) failure: Option<SharedError>,
    pub(super) start: StartRecord,
    /// Its calls, once it has started.
    pub(super) calls: ByCall<Option<Arc<CallOnClone>>>,
    pub(super) stats: Option<StatsReader>,
    /// Set when its stop is requested.
    pub(super) request: Option<StopRequest>,
    pub(super) outcome: Option<StopOutcome>,
    /// Its start and its stop.
    pub(super) busy: Busy,
    /// Its own tasks and calls.
    pub(super) work: Vec<Busy>,
    /// Whether there is nothing to run and to stop.
    pub(super) is_absent: bool,
    /// The group that it is, set when its start begins.
    pub(super) nested: Option<Arc<GroupState>>,
}

impl ServiceEntry {
    /// The state of the service after its start.
    pub(super) fn started(&self) -> ServiceState {
        if self.is_absent { ServiceState::Absent } else { ServiceState::Running }
    }

    pub(super) fn waiting(since: Instant) -> Self {
        Self {
            state: ServiceState::Waiting,
            since,
            failure: None,
            start: StartRecord::default(),
            calls: ByCall::NONE,
            stats: None,
            request: None,
            outcome: None,
            busy: Busy::default(),
            work: Vec::new(),
            is_absent: false,
            nested: None,
        }
    }

    pub(super) fn status(
        &self,
        id: ServiceId,
        plan: &ServicePlan,
        waits_for: Vec<&'static str>,
        now: Instant,
        read: ReadStats,
    ) -> ServiceStatus {
        let nested = self.nested(read).map(Box::new);
        let of_members = || {
            let members = nested.as_ref().filter(|nested| nested.is_collection)?;
            ServerStats::sum(members.services.iter().filter_map(|member| member.stats.clone()))
        };
        ServiceStatus {
            id,
            name: plan.name().into(),
            state: self.state,
            in_state_for: now.saturating_duration_since(self.since),
            waits_for: waits_for.into_iter().map(Into::into).collect(),
            stop: self.request.as_ref().map(|request| self.progress(request, now)),
            outcome: self.outcome.clone(),
            failure: self.failure.clone(),
            attempts: self.start.attempts,
            start_failure: self.start.failure.clone(),
            check_failure: self.failure_of(CallKind::Check),
            may_fail: plan.may_fail(),
            stats: self.stats.as_ref().and_then(read).or_else(of_members),
            nested,
        }
    }

    /// Returns a call, unless the service has ended: nothing calls it then.
    pub(super) fn running_call(&self, kind: CallKind) -> Option<&Arc<CallOnClone>> {
        self.calls.get(kind).as_ref().filter(|_| self.state == ServiceState::Running)
    }

    /// Returns why the last call of this kind failed, if its results are recorded.
    pub(super) fn failure_of(&self, kind: CallKind) -> Option<SharedError> {
        self.running_call(kind)?.failure()
    }

    pub(super) fn is_on_thread(&self) -> bool {
        self.busy.is_on_thread() || self.work.iter().any(Busy::is_on_thread)
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
