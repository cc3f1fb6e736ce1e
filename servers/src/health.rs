//! The health of a group, as probes ask for it. What is healthy is the group's to say: nothing is decided here.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

use crate::model::ServicePlan;
use crate::model::{GroupPhase, ServiceState};
use crate::state::GroupState;

#[cfg(feature = "grpc")]
mod grpc;
#[cfg(feature = "http")]
mod routes;
#[cfg(test)]
mod tests;

/// What a group says of itself.
#[cfg_attr(
    not(all(feature = "http", feature = "grpc")),
    allow(dead_code, reason = "each way to ask wants a part")
)]
pub(crate) trait HealthSource: Send + Sync {
    /// All services have started.
    fn started(&self) -> bool;
    /// All services have started, and no stop has begun.
    fn ready(&self) -> bool;
    /// The services that are not ready.
    fn unready(&self) -> Vec<&'static str>;
    /// Changes with any answer.
    fn changed(&self) -> watch::Receiver<u64>;
    /// Nothing will change any more.
    fn ended(&self) -> bool;
    /// Each service, and whether it is ready.
    fn services(&self) -> Vec<(&'static str, bool)>;
}

/// The health of a group, for probes over HTTP and gRPC.
///
/// Neither is served behind your back: merge the routes into a router, add the service to gRPC routes.
#[derive(Clone)]
pub struct Health {
    source: Arc<dyn HealthSource>,
}

impl HealthSource for GroupState {
    fn started(&self) -> bool {
        self.phase().has_started()
    }

    fn ready(&self) -> bool {
        self.is_ready()
    }

    fn unready(&self) -> Vec<&'static str> {
        let services = self.services().into_iter();
        services.filter(|(_, ready)| !ready).map(|(name, _)| name).collect()
    }

    fn changed(&self) -> watch::Receiver<u64> {
        self.subscribe()
    }

    fn ended(&self) -> bool {
        self.phase() == GroupPhase::Stopped
    }

    fn services(&self) -> Vec<(&'static str, bool)> {
        let states = self.states().into_iter();
        let is_ready = |state| matches!(state, ServiceState::Running | ServiceState::Done);
        let names = self.plan.services().iter().map(ServicePlan::name);
        names.zip(states.map(is_ready)).collect()
    }
}

impl Health {
    pub(crate) fn new(source: Arc<dyn HealthSource>) -> Self {
        Self { source }
    }
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (started, ready) = (self.source.started(), self.source.ready());
        f.debug_struct("Health").field("started", &started).field("ready", &ready).finish_non_exhaustive()
    }
}
