#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start)]
    one: Server,
    #[service(start(Server(1)))]
    two: Server,
    #[service(start = Server(1), after = one)]
    three: Server,
    #[service(start = Server(1), first = true)]
    four: Server,
    #[service(start = Server(1), after(one.two))]
    five: Server,
    #[service(start = Server(1), stop_within("5s"))]
    six: Server,
    #[service = "Server(1)"]
    seven: Server,
}

fn main() {}
