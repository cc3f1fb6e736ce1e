#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Server(Some(1).map(|n| n + gateway.port()).unwrap_or(1)))]
    rpc: Server,
    #[service(start = Server(rpc.port()))]
    gateway: Server,
}

fn main() {}
