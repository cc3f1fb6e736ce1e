//! The health of a group for probes over HTTP and gRPC. The group decides what is healthy: nothing is decided here.
//!
//! No probe is served by itself: merge the routes into a router, and add the service to gRPC routes.

#[cfg(feature = "grpc-health")]
mod grpc;
#[cfg(feature = "http")]
mod routes;
#[cfg(test)]
mod tests;

#[cfg(feature = "grpc-health")]
pub use self::grpc::grpc;
#[cfg(feature = "http")]
pub use self::routes::routes;

use service_group::GroupHandle;
use service_group::plan::ServicePlan;
use service_group::status::ServiceState;

/// Returns the name of each service, and whether it is ready.
fn services(group: &GroupHandle) -> Vec<(&'static str, bool)> {
    let names = group.plan().services().iter().map(ServicePlan::name);
    let is_ready = |state| matches!(state, ServiceState::Running | ServiceState::Done);
    names.zip(group.status().services.iter().map(|service| is_ready(service.state))).collect()
}
