//! Servers, their clients good and bad, and what the report says of them.
//!
//! Order comes from gates and conditions. Where a test waits for a fixed time, it shows that something does *not*
//! happen, and passes on a slow machine too.

#[cfg(feature = "tonic")]
mod alike;
#[cfg(feature = "axum")]
mod answers;
#[cfg(feature = "axum")]
mod blocked;
#[cfg(feature = "tonic")]
mod book;
#[cfg(feature = "axum")]
mod cases;
#[cfg(feature = "axum")]
mod crossing;
#[cfg(feature = "axum")]
mod ends;
#[cfg(feature = "tonic")]
mod grpc;
#[cfg(feature = "axum")]
mod http;
mod kit;
#[cfg(feature = "tonic")]
mod layers;
#[cfg(feature = "axum")]
mod make;
#[cfg(all(feature = "axum", feature = "tonic", unix))]
mod matrix;
#[cfg(feature = "tonic")]
mod observers;
#[cfg(feature = "tonic")]
mod rpc;
#[cfg(feature = "axum")]
mod sockets;
#[cfg(all(feature = "axum", feature = "tonic"))]
mod stops;
#[cfg(all(feature = "axum", feature = "tonic"))]
mod tls;
