#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    peers: [String],
    #[service(start = Server(peers.len() as u16))]
    server: Server,
}

fn main() {}
