#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group(stop_order(one, two, one))]
struct App {
    #[service(start = Server(1))]
    one: Server,
    #[service(start = Server(1))]
    two: Server,
}

fn main() {}
