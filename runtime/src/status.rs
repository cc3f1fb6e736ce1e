//! What can be seen of a group from outside while it lives.

use std::time::Duration;

use crate::cause::StopCause;
use crate::membership::Numbers;

/// Where a group is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Phase {
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

/// A group at one moment.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Status {
    /// The name of the group's struct.
    pub group: &'static str,
    /// Where the group is in its life.
    pub phase: Phase,
    /// Why it stops, if it does.
    pub cause: Option<StopCause>,
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
    /// While the group stops: the services that have to end before this one is asked.
    pub waits_for: Vec<&'static str>,
    /// What a server has in its hands.
    pub numbers: Option<Numbers>,
}
