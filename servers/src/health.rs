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
pub use self::grpc::{GrpcHealth, grpc};
#[cfg(feature = "http")]
pub use self::routes::{routes, routes_with_errors};

use service_group::GroupHandle;
use service_group::plan::ServicePlan;
use service_group::status::{ServiceState, ServiceStatus};

/// Returns the name of each service, and whether it is ready: it runs or is done, and does not fail its check.
fn services(group: &GroupHandle) -> Vec<(&'static str, bool)> {
    let names = group.plan().services().iter().map(ServicePlan::name);
    let is_ready = |service: &ServiceStatus| {
        matches!(service.state, ServiceState::Running | ServiceState::Done) && service.check_failure.is_none()
    };
    names.zip(group.status().services.iter().map(is_ready)).collect()
}
