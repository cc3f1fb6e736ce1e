#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

use service_group::GroupHandle;

#[service_group]
struct App {
    #[group(stop_within = "25s")]
    handle: GroupHandle,
    #[service(start = Server(1))]
    server: Server,
}

fn main() {}
