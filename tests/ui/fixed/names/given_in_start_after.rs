#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(given)]
    first: Server,
    #[service(start = Server(2), after(first))]
    second: Server,
}

fn main() {}
