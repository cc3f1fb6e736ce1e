#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Server(1))]
    one: Server,
    #[service(start = Server(2), after[one])]
    two: Server,
    #[service(start = Server(3), after { one })]
    three: Server,
}

fn main() {}
