//! Servers, their clients good and bad, and what the report contains.
//!
//! Order comes from gates and conditions. Where a test waits for a fixed time, it shows that something does *not*
//! happen, and passes on a slow machine too.

#[cfg(any(feature = "grpc", feature = "http2"))]
mod alike;
#[cfg(feature = "http")]
mod answers;
#[cfg(all(feature = "http", feature = "grpc"))]
mod before_cut;
#[cfg(feature = "grpc")]
mod bind_with;
#[cfg(feature = "http")]
mod blocked;
#[cfg(feature = "http")]
mod cases;
#[cfg(feature = "http")]
mod crossing;
#[cfg(feature = "http")]
mod ends;
#[cfg(all(feature = "http", feature = "grpc"))]
mod ends_at_drain;
#[cfg(feature = "grpc")]
mod grpc;
#[cfg(feature = "http")]
mod head_timeout;
#[cfg(feature = "http")]
mod http;
#[cfg(any(feature = "grpc", feature = "http"))]
mod http2;
#[cfg(feature = "grpc")]
mod in_flight;
mod io;
mod kit;
#[cfg(feature = "grpc")]
mod layers;
#[cfg(feature = "http")]
mod make;
#[cfg(all(feature = "http", feature = "grpc"))]
mod many;
#[cfg(all(feature = "http", feature = "grpc", feature = "tls", unix))]
mod matrix;
#[cfg(all(feature = "http", feature = "grpc"))]
mod no_request;
#[cfg(feature = "grpc")]
mod observers;
#[cfg(all(feature = "http", feature = "grpc", feature = "tls"))]
mod over_tls;
#[cfg(feature = "http")]
mod raw;
#[cfg(feature = "grpc")]
mod rpc;
#[cfg(feature = "http")]
mod sockets;
#[cfg(all(feature = "http", feature = "grpc"))]
mod stops;
#[cfg(all(feature = "http", feature = "grpc"))]
mod tls;
#[cfg(all(feature = "http", unix))]
mod unix_path;
