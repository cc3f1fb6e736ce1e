#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group(check_within = "25s")]
struct App {
    #[service(start = Server(1))]
    server: Server,
}

fn main() {}
