//! The status of a group and of its services at one moment: phases, states, progress of the stop.

use std::fmt;
use std::time::Duration;

use super::{
    ReloadReport, ServerStats, ServiceId, ServiceKey, ServiceName, SharedError, StopCause, StopOutcome,
    inner_path,
};

/// The phase of a group's life.
///
/// It displays in lower case: `running`, `lame duck`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GroupPhase {
    /// Services are being started.
    Starting,
    /// All services have started.
    Running,
    /// A stop was requested. All services go on serving until load balancers have stopped sending requests.
    LameDuck,
    /// Services are being stopped.
    Stopping,
    /// All services have ended.
    Stopped,
}

impl GroupPhase {
    /// Returns whether the start is over: also true while the group stops.
    #[must_use]
    pub const fn has_started(self) -> bool {
        !matches!(self, Self::Starting)
    }

    /// Returns whether the stop has begun, lame duck included: also true when it is over.
    #[must_use]
    pub const fn is_stopping(self) -> bool {
        matches!(self, Self::LameDuck | Self::Stopping | Self::Stopped)
    }
}

impl fmt::Display for GroupPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Starting => "starting",
            Self::Running => "running",
            Self::LameDuck => "lame duck",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
        })
    }
}

/// The state of a service.
///
/// It displays in lower case: `waiting`, `running`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServiceState {
    /// It waits for the services that have to start before it.
    Waiting,
    /// Its start expression is running.
    Starting,
    /// It has started.
    Running,
    /// It has completed its work and ended by itself.
    Done,
    /// It failed while it was running.
    Failed,
    /// Its stop was requested.
    Stopping,
    /// It has ended.
    Stopped,
    /// The run leaves it out: [`Runner::only`](crate::Runner::only).
    LeftOut,
    /// It has started, and there is nothing to run: the value is `None`, or an empty collection.
    Absent,
}

impl ServiceState {
    /// Returns whether the start of the service is over: also true after its end.
    #[must_use]
    pub const fn has_started(self) -> bool {
        !matches!(self, Self::Waiting | Self::Starting)
    }

    /// Returns whether the stop of the service was requested: also true after its end.
    #[must_use]
    pub const fn is_stopping(self) -> bool {
        matches!(self, Self::Stopping | Self::Stopped)
    }
}

impl fmt::Display for ServiceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Waiting => "waiting",
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::LeftOut => "left out",
            Self::Absent => "absent",
        })
    }
}

/// The status of a group at one moment.
#[cfg_attr(feature = "serde", doc = "", doc = include_str!("../view/json/status.md"))]
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct GroupStatus {
    /// The name of the group's struct.
    pub group_name: &'static str,
    /// The phase of the group's life.
    pub phase: GroupPhase,
    /// How long the group has been in this phase.
    pub in_state_for: Duration,
    /// How long ago the start of the group began.
    pub uptime: Duration,
    /// Why the group is not ready although its services run, by [`GroupHandle::hold`](crate::GroupHandle::hold): the
    /// oldest reason first, without those of nested groups.
    pub not_ready: Vec<String>,
    /// Whether a reload is running.
    pub is_reloading: bool,
    /// What happened in the last reload. `None` if there was none.
    pub last_reload: Option<ReloadReport>,
    /// Why the group stops. `None` if no stop was requested.
    pub cause: Option<StopCause>,
    /// The progress of the stop within the budget, lame duck included. `None` before the stop has begun.
    pub stop: Option<StopProgress>,
    /// The services, in the order of the fields, or the members of a collection.
    pub services: Vec<ServiceStatus>,
    /// Whether the services are the members of a collection. The name of each begins with that of the collection.
    pub is_collection: bool,
}

/// The status of a service at one moment.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServiceStatus {
    /// The service.
    pub id: ServiceId,
    /// The name of the field.
    pub name: ServiceName,
    /// The state of the service.
    pub state: ServiceState,
    /// How long the service has been in this state.
    pub in_state_for: Duration,
    /// While the group starts, the services that have to start before this one. While the group stops, the services that
    /// have to end before the stop of this one is requested.
    pub waits_for: Vec<ServiceName>,
    /// The progress of the stop within the window. `None` before the stop of the service was requested.
    pub stop: Option<StopProgress>,
    /// How the stop ended. `None` before its end.
    pub outcome: Option<StopOutcome>,
    /// The error with which the service failed while it was running.
    pub failure: Option<SharedError>,
    /// How many attempts to start the service there were, the current one included. More than one with `retry` only.
    pub attempts: u32,
    /// The error of the last attempt to start the service that failed.
    pub start_failure: Option<SharedError>,
    /// Why the last check of the service failed; `None` if it passed, or there was none.
    pub check_failure: Option<SharedError>,
    /// Whether the group goes on when the service fails.
    pub may_fail: bool,
    /// The live statistics, if the service is a server or [`Tasks`](crate::Tasks).
    pub stats: Option<ServerStats>,
    /// The status of the group that this service is, if it is one, from the moment its start begins. That of a collection
    /// has a service for each member.
    pub nested: Option<Box<GroupStatus>>,
}

/// The progress of a stop at one moment. After the end of the stop it no longer changes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct StopProgress {
    /// How long ago the stop began.
    pub elapsed: Duration,
    /// The time that is left, zero after the deadline.
    pub remaining: Duration,
    /// The whole time that the stop may take. A second signal shortens it.
    pub stop_within: Duration,
    /// Whether the stop was forced: open work is to be cut.
    pub forced: bool,
}

impl ServiceStatus {
    /// Returns whether the run leaves the service out.
    #[must_use]
    pub fn is_left_out(&self) -> bool {
        let is_outcome = || matches!(self.outcome, Some(StopOutcome::LeftOut));
        self.state == ServiceState::LeftOut || is_outcome()
    }

    /// Returns whether the service counts: the run neither leaves it out nor is it absent.
    #[must_use]
    pub fn is_present(&self) -> bool {
        let is_absent = || matches!(self.outcome, Some(StopOutcome::Absent));
        !self.is_left_out() && self.state != ServiceState::Absent && !is_absent()
    }

    /// Returns the status of each member, if the service is a collection.
    #[must_use]
    pub fn members(&self) -> &[ServiceStatus] {
        let members = self.nested.as_deref().filter(|nested| nested.is_collection);
        members.map_or(&[], |nested| &nested.services)
    }

    /// Returns whether the service may fail, and has failed or fails its check.
    #[must_use]
    pub fn is_degraded(&self) -> bool {
        self.may_fail && (self.failure.is_some() || self.check_failure.is_some())
    }
}

impl GroupStatus {
    /// Returns why the group is not ready although its services run, those of nested groups after the path of the group:
    /// `storage: the disk is nearly full`.
    #[must_use]
    pub fn not_ready_reasons(&self) -> Vec<String> {
        let nested = self.services.iter().filter_map(|service| Some((service, service.nested.as_deref()?)));
        let nested = nested.flat_map(|(service, nested)| {
            let inner = nested.not_ready_reasons().into_iter();
            let path = if nested.is_collection { String::new() } else { format!("{}: ", service.name) };
            inner.map(move |reason| format!("{path}{reason}")).collect::<Vec<_>>()
        });
        self.not_ready.iter().cloned().chain(nested).collect()
    }

    /// Returns the services that may fail and have failed, or whose check fails: the group goes on without them. Those of
    /// nested groups stand after the path of the group: `storage.index`.
    #[must_use]
    pub fn degraded(&self) -> Vec<String> {
        let of = |service: &ServiceStatus| {
            let inner = service.nested.as_ref().map(|nested| nested.degraded()).unwrap_or_default();
            let is_collection = service.nested.as_ref().is_some_and(|nested| nested.is_collection);
            let path = inner_path("", &service.name, is_collection);
            // Members are named in place of their collection.
            let own = (service.is_degraded() && (inner.is_empty() || !is_collection))
                .then(|| service.name.to_string());
            own.into_iter().chain(inner.into_iter().map(|name| format!("{path}{name}"))).collect::<Vec<_>>()
        };
        self.services.iter().flat_map(of).collect()
    }

    /// Returns the services that the group waits for: those whose start or stop is under way. Empty while it runs.
    #[must_use]
    pub fn waits_for(&self) -> Vec<&ServiceStatus> {
        let under_way = |service: &&ServiceStatus| match self.phase {
            GroupPhase::Starting => service.state == ServiceState::Starting,
            GroupPhase::Stopping => service.stop.is_some() && service.state != ServiceState::Stopped,
            GroupPhase::Running | GroupPhase::LameDuck | GroupPhase::Stopped => false,
        };
        self.services.iter().filter(under_way).collect()
    }

    /// Returns the status of a service by its name or id, or of a member of a collection by its name, `consumers[orders]`.
    pub fn service<'a>(&self, service: impl Into<ServiceKey<'a>>) -> Option<&ServiceStatus> {
        let key = service.into();
        let own = self.services.iter().find(|service| key.matches(service.id, &service.name));
        let in_members = || {
            let ServiceKey::Name(_) = key else { return None };
            let mut nested = self.services.iter().filter_map(|service| service.nested.as_deref());
            nested.find_map(|nested| nested.is_collection.then(|| nested.service(key))?)
        };
        own.or_else(in_members)
    }
}
