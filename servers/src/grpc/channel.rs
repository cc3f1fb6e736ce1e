//! The channel to a server of the same process.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tonic::transport::{Channel, Endpoint};

use crate::connection::listen_addr::ListenAddr;

/// Returns a channel to the server on this address, which connects when it is first used.
pub(super) fn connect(local_addr: &ListenAddr, has_tls: bool) -> io::Result<Channel> {
    if has_tls {
        let text = format!(
            "a channel of the server on {local_addr} would have to trust its certificate; connect an `Endpoint` of tonic \
             that does, by `tls_config`"
        );
        return Err(io::Error::new(io::ErrorKind::Unsupported, text));
    }
    let local = local_addr.tcp().ok_or_else(|| {
        let text = format!(
            "a channel needs a server made by `GrpcServer::bind` or `bind_with` on TCP; this one listens on {local_addr}"
        );
        io::Error::new(io::ErrorKind::Unsupported, text)
    })?;
    let endpoint = Endpoint::from_shared(format!("http://{}", reachable(local)));
    Ok(endpoint.expect("an address and port make a URI").tcp_nodelay(true).connect_lazy())
}

/// Returns an address to connect to: loopback for a server that listens on all addresses.
fn reachable(addr: SocketAddr) -> SocketAddr {
    let ip = match addr.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, addr.port())
}
