#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[group]
    group: service_group::GroupHandle,
    #[service(start = Server(u16::from(group.is_ready())))]
    server: Server,
}

fn main() {}
