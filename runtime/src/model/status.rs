//! What can be seen of a group from outside while it lives.

use std::fmt;
use std::time::Duration;

use super::{ServiceId, ServiceKey, ServiceName};
use crate::model::ServerStats;
use crate::model::StopOutcome;
use crate::model::{SharedError, StopCause};

/// Where a group is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GroupPhase {
    /// Services are being started.
    Starting,
    /// All services have started.
    Running,
    /// A stop was requested; everything goes on serving while load balancers turn away.
    LameDuck,
    /// Services are being stopped.
    Stopping,
    /// Everything has ended.
    Stopped,
}

impl GroupPhase {
    /// Returns whether all services have started: true as well while the group stops.
    #[must_use]
    pub const fn has_started(self) -> bool {
        !matches!(self, Self::Starting)
    }

    /// Returns whether the stop has begun, lame duck included, or is over.
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

/// Where a service is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServiceState {
    /// It waits for the services that it needs.
    Waiting,
    /// Its start expression runs.
    Starting,
    /// It has started.
    Running,
    /// It has done its work and ended by itself.
    Done,
    /// It failed while it was running.
    Failed,
    /// It was asked to stop.
    Stopping,
    /// It has ended.
    Stopped,
}

impl ServiceState {
    /// Returns whether the start of the service is over: true as well after its end.
    #[must_use]
    pub const fn has_started(self) -> bool {
        !matches!(self, Self::Waiting | Self::Starting)
    }

    /// Returns whether the service was told to stop, or has stopped.
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
        })
    }
}

/// A group at one moment.
#[cfg_attr(feature = "serde", doc = "", doc = include_str!("../view/json/status.md"))]
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct GroupStatus {
    /// The name of the group's struct.
    pub group_name: &'static str,
    /// Where the group is in its life.
    pub phase: GroupPhase,
    /// For how long it has been there.
    pub in_state_for: Duration,
    /// How long ago its start began.
    pub uptime: Duration,
    /// Why it stops, if it does.
    pub cause: Option<StopCause>,
    /// How far its stop is within the budget, lame duck included; none before it has begun.
    pub stop: Option<StopProgress>,
    /// The services, in the order of the fields.
    pub services: Vec<ServiceStatus>,
}

/// A service at one moment.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServiceStatus {
    /// The service.
    pub id: ServiceId,
    /// The field's name.
    pub name: ServiceName,
    /// Where the service is in its life.
    pub state: ServiceState,
    /// For how long it has been there.
    pub in_state_for: Duration,
    /// While the group starts: the services that have to start before this one. While the group stops: those that have
    /// to end before it is asked.
    pub waits_for: Vec<ServiceName>,
    /// How far its stop is within its window; none before it was asked.
    pub stop: Option<StopProgress>,
    /// How it ended, once its stop has.
    pub outcome: Option<StopOutcome>,
    /// What it failed with while it was running.
    pub failure: Option<SharedError>,
    /// What a server has in its hands.
    pub stats: Option<ServerStats>,
    /// The group that this service is, if it is one, from the begin of its start.
    pub nested: Option<Box<GroupStatus>>,
}

/// How far a stop is within its time, at one moment. When it is over, it stays as it was then.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StopProgress {
    /// How long ago it began.
    pub elapsed: Duration,
    /// What is left of its time: zero when that is over.
    pub remaining: Duration,
    /// All the time that it has. A second signal makes it less.
    pub stop_within: Duration,
    /// Whether it was told to cut what is left.
    pub forced: bool,
}

impl GroupStatus {
    /// The services that the group waits for now: those whose start or stop is under way. None while it runs.
    #[must_use]
    pub fn waits_for(&self) -> Vec<&ServiceStatus> {
        let under_way = |service: &&ServiceStatus| match self.phase {
            GroupPhase::Starting => service.state == ServiceState::Starting,
            GroupPhase::Stopping => service.stop.is_some() && service.state != ServiceState::Stopped,
            GroupPhase::Running | GroupPhase::LameDuck | GroupPhase::Stopped => false,
        };
        self.services.iter().filter(under_way).collect()
    }

    /// Returns the status of a service by its name or id.
    pub fn service<'a>(&self, service: impl Into<ServiceKey<'a>>) -> Option<&ServiceStatus> {
        let key = service.into();
        self.services.iter().find(|service| key.matches(service.id, &service.name))
    }
}
