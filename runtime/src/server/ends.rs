//! Both ends of a connection, by which the connection of a request is found.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::conn::Conn;

/// Connections by their ends.
pub(super) type ByEnds = HashMap<Ends, Arc<Conn>, Seeded>;

/// Both ends of a connection, which no other open one shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    /// Our address, and the peer's.
    Tcp(SocketAddr, SocketAddr),
    /// Peers of a Unix socket have no address: where what is known of the peer lies in memory, for as long as the
    /// connection is open.
    #[cfg(unix)]
    Unix(usize),
}

/// The peer's end is enough to spread them.
impl Hash for Ends {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Tcp(_, peer) => {
                state.write_u16(peer.port());
                match peer.ip() {
                    IpAddr::V4(ip) => state.write_u32(ip.to_bits()),
                    IpAddr::V6(ip) => state.write_u128(ip.to_bits()),
                }
            }
            #[cfg(unix)]
            Self::Unix(place) => state.write_usize(*place),
        }
    }
}

/// Hashes a number or two. Each call looks its connection up, where a hash for keys of any length would be a good part
/// of the cost. Who wants collisions must open connections, and does not know the seed.
#[derive(Debug, Clone)]
pub(super) struct Seeded(u64);

impl Default for Seeded {
    fn default() -> Self {
        Self(RandomState::new().hash_one(()) | 1)
    }
}

impl BuildHasher for Seeded {
    type Hasher = Folded;

    fn build_hasher(&self) -> Folded {
        Folded { seed: self.0, hash: self.0 }
    }
}

/// Multiplies, and folds the better half into the other.
#[derive(Debug)]
pub(super) struct Folded {
    seed: u64,
    hash: u64,
}

impl Hasher for Folded {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut whole = [0; 8];
            whole[..chunk.len()].copy_from_slice(chunk);
            let product = (self.hash ^ u64::from_le_bytes(whole)).wrapping_mul(self.seed);
            self.hash = product ^ (product >> 32);
        }
    }

    fn finish(&self) -> u64 {
        self.hash
    }
}
