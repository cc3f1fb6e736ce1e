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
