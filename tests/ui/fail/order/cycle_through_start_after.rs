#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Server(1), start_after(third))]
    first: Server,
    #[service(start = Server(first.port()))]
    second: Server,
    #[service(start = Server(2), start_after(second))]
    third: Server,
}

fn main() {}
