//! Where the system does not list the sockets that listen.

use std::collections::BTreeSet;
use std::net::SocketAddr;

pub(super) fn is_listening(_: SocketAddr) -> bool {
    true
}

pub(super) fn of_this_process() -> BTreeSet<SocketAddr> {
    BTreeSet::new()
}
