#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    config: fn(u16) -> u16,
    #[service(start = Server(config(1)))]
    server: Server,
}

fn main() {}
