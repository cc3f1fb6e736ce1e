#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Server(1) stop = drop(one))]
    one: Server,
    #[service(start = )]
    two: Server,
    #[service(start = Server(,), first)]
    three: Server,
    #[service(start = Server(1), , first)]
    four: Server,
}

fn main() {}
