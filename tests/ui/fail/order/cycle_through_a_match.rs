#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = match 1 { 1 if gateway.port() > 1 => Server(1), _ => Server(2) })]
    rpc: Server,
    #[service(start = Server(rpc.port()))]
    gateway: Server,
}

fn main() {}
