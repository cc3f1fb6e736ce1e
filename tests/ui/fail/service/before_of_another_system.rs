#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Server(1), before(gateway))]
    rpc: Server,
    #[service(start = Server(2))]
    gateway: Server,
}

fn main() {}
