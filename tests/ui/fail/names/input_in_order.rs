#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

use service_group::GroupHandle;

#[service_group(stop_order(server, config, handle))]
struct App {
    config: u16,
    #[group]
    handle: GroupHandle,
    #[service(start = Server(1), after(config, handle))]
    server: Server,
}

fn main() {}
