#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

struct Routes<'a> {
    gateway: &'a Server,
}

#[service_group]
struct App {
    #[service(start = { let routes = Routes { gateway }; Server(routes.gateway.port()) })]
    rpc: Server,
    #[service(start = Server(rpc.port()))]
    gateway: Server,
}

fn main() {}
