#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start => Server(1))]
    server: Server,
    #[service(start = Server(1), stop_within == "2s")]
    second: Server,
}

fn main() {}
