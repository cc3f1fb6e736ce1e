//! HTTP and gRPC servers that always stop within their window, whatever their clients do.
//!
//! A tonic server of the user's own has its own serve loop; ours, for all else, is in [`serve`]. Around both: every
//! connection goes through a [`gate`] that can cut it from outside, every request is in the [`book`] of its connection
//! until its whole answer has left, and [`stop`] walks from the one to the other. Nothing here may wait for a client
//! without also waiting for the force.

mod bell;
mod body;
mod book;
mod conn;
mod core;
mod door;
mod draining;
mod ends;
mod gate;
mod listen;
mod mark;
mod name;
mod observer;
mod registry;
mod routes;
mod serve;
mod socket;
mod stop;
mod tally;
#[cfg(test)]
mod tests;
mod track;

#[cfg(feature = "tonic")]
mod calls;
#[cfg(feature = "tonic")]
mod deadline;
#[cfg(feature = "tonic")]
mod grpc;
#[cfg(feature = "axum")]
mod http;
#[cfg(feature = "axum")]
mod make;

#[cfg(feature = "tonic")]
pub use calls::CountedRoutes;
pub use draining::Draining;
#[cfg(feature = "tonic")]
pub use grpc::GrpcServer;
#[cfg(feature = "axum")]
pub use http::HttpServer;
pub use listen::Address;
#[cfg(feature = "axum")]
pub use make::{IncomingStream, MakeService};

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Nobody panics while holding one of our locks but by a bug in a foreign IO's poll, whose value is then closed.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
