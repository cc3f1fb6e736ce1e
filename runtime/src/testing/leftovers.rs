//! What a group has left behind in the process: tasks, addresses in use, listening sockets.

#[cfg_attr(target_os = "linux", path = "leftovers/linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "leftovers/other.rs")]
mod listening;

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::Instant;

/// How long what belongs to a group may take to go away after its end.
pub(super) const GONE_WITHIN: Duration = Duration::from_secs(1);

/// How long a check waits before it looks again.
const PAUSE: Duration = Duration::from_millis(2);

/// Returns how many tasks there are in the runtime.
pub(super) fn alive_tasks() -> usize {
    Handle::current().metrics().num_alive_tasks()
}

/// Waits until `is_left` finds nothing any longer, and returns what it finds at the end.
pub(super) async fn left<T>(is_left: impl Fn() -> Option<T>) -> Option<T> {
    let end = Instant::now() + GONE_WITHIN;
    loop {
        match is_left() {
            Some(_) if Instant::now() < end => tokio::time::sleep(PAUSE).await,
            left => return left,
        }
    }
}

/// Returns whether something still listens on the address.
///
/// A port that is merely in use, by a connection of another program for example, is not left behind by the group.
pub(super) fn is_in_use(address: SocketAddr) -> bool {
    TcpListener::bind(address).is_err() && listening::is_listening(address)
}

/// Returns the addresses on which this process listens. Empty where the system cannot list them.
pub(super) fn listening_sockets() -> BTreeSet<SocketAddr> {
    listening::of_this_process()
}
