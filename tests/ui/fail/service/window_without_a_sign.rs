#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Server(1), stop_within "2s")]
    one: Server,
    #[service(start = Server(2), stop_within 2 s)]
    two: Server,
    #[service(start = Server(3), first stop_within = "2s")]
    three: Server,
    #[service(start: Server(5))]
    five: Server,
}

fn main() {}
