#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Server(vec![gateway.port()].len() as u16))]
    rpc: Server,
    #[service(start = Server(rpc.port()))]
    gateway: Server,
}

fn main() {}
