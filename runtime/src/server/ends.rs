//! Both ends of a connection, by which the connection of a request is found.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use super::conn::Conn;

/// Connections by their ends.
pub(super) type ByEnds = HashMap<Ends, Arc<Conn>>;

/// Both ends of a connection, which no other open one shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    not(feature = "tonic"),
    allow(dead_code, reason = "an HTTP connection tells by itself which it is")
)]
pub(super) enum Ends {
    /// Our address, and the peer's.
    Tcp(SocketAddr, SocketAddr),
    /// Peers of a Unix socket have no address: where what is known of the peer lies in memory, for as long as the
    /// connection is open.
    #[cfg(unix)]
    Unix(usize),
}
