#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

const LIMIT: &str = "25s";

#[service_group(stop_within = LIMIT)]
struct App {
    #[service(start = Server(1))]
    server: Server,
}

fn main() {}
