#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Server(1))]
    first: Server,
    #[service(given, start_within = "1s", start_after(first))]
    second: Server,
    #[service(given, start = Server(3), retry)]
    third: Server,
    #[service(start = Server(second.port()))]
    fourth: Server,
}

fn main() {}
