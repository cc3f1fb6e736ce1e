#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Server(1), first, start_after(second))]
    first: Server,
    #[service(start = Server(2))]
    second: Server,
}

fn main() {}
