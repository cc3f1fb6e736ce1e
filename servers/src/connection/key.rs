//! The addresses of both ends of a connection, by which the connection of a request is found.

use std::hash::{Hash, Hasher};
use std::net::SocketAddr;
#[cfg(all(unix, feature = "grpc"))]
use std::sync::Arc;

#[cfg(feature = "grpc")]
use axum::http::Extensions;
#[cfg(feature = "grpc")]
use tonic::transport::server::TcpConnectInfo;
#[cfg(all(unix, feature = "grpc"))]
use tonic::transport::server::UdsConnectInfo;

/// Both ends of a connection, which no other open one shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "grpc"), expect(dead_code, reason = "an HTTP connection has its requests itself"))]
pub(crate) enum ConnectionKey {
    /// The local address and that of the peer.
    Tcp(SocketAddr, SocketAddr),
    /// Peers of a Unix socket have no address: the key is where their description is in memory while the connection is
    /// open.
    #[cfg(unix)]
    Unix(usize),
}

/// Hashes the address of the peer in one piece, which few connections share. The hash that could be derived hashes eight
/// pieces. Together with foldhash, which has a random seed too, it is worth 0.5 % of the calls by `from_incoming`.
impl Hash for ConnectionKey {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Tcp(_, SocketAddr::V4(peer)) => {
                state.write_u64((u64::from(peer.ip().to_bits()) << 16) | u64::from(peer.port()));
            }
            Self::Tcp(_, SocketAddr::V6(peer)) => {
                state.write_u128(peer.ip().to_bits());
                state.write_u16(peer.port());
            }
            #[cfg(unix)]
            Self::Unix(address) => state.write_usize(*address),
        }
    }
}

#[cfg(feature = "grpc")]
impl ConnectionKey {
    /// Returns the key from what tonic inserts into the extensions of a call.
    #[inline]
    pub(crate) fn from_extensions(extensions: &Extensions) -> Option<Self> {
        let key = extensions.get().and_then(Self::from_tcp);
        #[cfg(unix)]
        let key = key.or_else(|| extensions.get().and_then(Self::from_unix));
        key
    }

    #[inline]
    fn from_tcp(info: &TcpConnectInfo) -> Option<Self> {
        let (local, peer) = info.local_addr().zip(info.remote_addr())?;
        Some(Self::Tcp(local, peer))
    }

    #[cfg(unix)]
    fn from_unix(info: &UdsConnectInfo) -> Option<Self> {
        info.peer_addr.as_ref().map(|peer| Self::Unix(Arc::as_ptr(peer).addr()))
    }
}
