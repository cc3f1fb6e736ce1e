//! Connections: where they come from, their IO, and the table of those that are open.

pub(crate) mod connections;
pub(crate) mod into_listener;
pub(crate) mod io;
pub(crate) mod key;
pub(crate) mod listen_addr;
pub(crate) mod listener;
mod preface;
pub(crate) mod security;
mod shared_io;
#[cfg(feature = "grpc")]
mod shutdown_pong;
mod socket_kind;
pub(crate) mod table;
#[cfg(feature = "tls")]
pub(crate) mod tls;
#[cfg(unix)]
pub(crate) mod unix_socket;
pub(crate) mod waker;
