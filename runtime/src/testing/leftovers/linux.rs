//! The sockets that listen, as `/proc` lists them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The state of a listening socket in `/proc/net/tcp`.
const LISTEN: &str = "0A";

pub(super) fn is_listening(address: SocketAddr) -> bool {
    by_inode().into_values().any(|listens| listens == address)
}

pub(super) fn of_this_process() -> BTreeSet<SocketAddr> {
    let sockets = by_inode();
    let Ok(descriptors) = fs::read_dir("/proc/self/fd") else { return BTreeSet::new() };
    let links = descriptors.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    let inodes = links.filter_map(|link| {
        let link = link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned();
        sockets.get(&link).copied()
    });
    inodes.collect()
}

/// The listening sockets of the network namespace.
fn by_inode() -> BTreeMap<String, SocketAddr> {
    let tables = ["/proc/self/net/tcp", "/proc/self/net/tcp6"];
    let text: String = tables.iter().filter_map(|table| fs::read_to_string(table).ok()).collect();
    text.lines().filter_map(socket).collect()
}

/// Returns the inode and the address of a line of the table, if its socket listens.
fn socket(line: &str) -> Option<(String, SocketAddr)> {
    let columns: Vec<&str> = line.split_whitespace().collect();
    let local = columns.get(1)?;
    let state = columns.get(3)?;
    let inode = columns.get(9)?;
    if *state != LISTEN {
        return None;
    }
    let (ip, port) = local.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    Some(((*inode).to_owned(), SocketAddr::new(address(ip)?, port)))
}

/// Reads an address: words of 32 bits, each in the order of the machine.
fn address(hex: &str) -> Option<IpAddr> {
    let words = (0..hex.len()).step_by(8).map(|at| u32::from_str_radix(hex.get(at..at + 8)?, 16).ok());
    let bytes: Vec<u8> =
        words.collect::<Option<Vec<u32>>>()?.into_iter().flat_map(u32::to_ne_bytes).collect();
    match bytes.len() {
        4 => Some(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?).into()),
        16 => Some(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_listener_of_this_process_is_found_until_it_is_closed() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(address) else { continue };
            let address = listener.local_addr().unwrap();
            assert!(of_this_process().contains(&address) && is_listening(address), "{address}");
            drop(listener);
            assert!(!of_this_process().contains(&address), "{address}");
        }
    }
}
