//! The health of a group, as probes ask for it. What is healthy is the group's to say: nothing is decided here.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

#[cfg(feature = "tonic")]
mod grpc;
#[cfg(feature = "axum")]
mod routes;
#[cfg(test)]
mod tests;

/// What a group says of itself.
#[cfg_attr(
    not(all(feature = "axum", feature = "tonic")),
    allow(dead_code, reason = "each way to ask wants a part")
)]
pub(crate) trait HealthSource: Send + Sync {
    /// All services have started.
    fn started(&self) -> bool;
    /// All services have started, and no stop has begun.
    fn ready(&self) -> bool;
    /// The services that are not ready.
    fn unready(&self) -> Vec<&'static str>;
    /// Changes with any answer; closed when the group has ended.
    fn changed(&self) -> watch::Receiver<u64>;
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

impl Health {
    #[cfg_attr(not(test), expect(dead_code, reason = "the group's handle gives it out"))]
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
