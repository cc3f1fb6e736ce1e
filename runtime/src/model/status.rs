//! What can be seen of a group from outside while it lives.

use std::fmt;
use std::time::Duration;

use crate::model::ServerStats;
use crate::model::StopOutcome;
use crate::model::{SharedError, StopCause};

/// Where a group is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
    pub group: &'static str,
    /// Where the group is in its life.
    pub phase: GroupPhase,
    /// For how long it has been there.
    pub since: Duration,
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
    /// The field's name.
    pub name: &'static str,
    /// Where the service is in its life.
    pub state: ServiceState,
    /// For how long it has been there.
    pub since: Duration,
    /// While the group starts: the services that have to start before this one. While the group stops: those that have
    /// to end before it is asked.
    pub waits_for: Vec<&'static str>,
    /// How far its stop is within its window; none before it was asked.
    pub stop: Option<StopProgress>,
    /// How it ended, once its stop has.
    pub ending: Option<StopOutcome>,
    /// What it failed with while it was running.
    pub failure: Option<SharedError>,
    /// What a server has in its hands.
    pub numbers: Option<ServerStats>,
    /// The group that this service is, if it is one, from the begin of its start.
    pub group: Option<Box<GroupStatus>>,
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
    pub within: Duration,
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

    /// The service of this name.
    #[must_use]
    pub fn service(&self, name: &str) -> Option<&ServiceStatus> {
        self.services.iter().find(|service| service.name == name)
    }
}
