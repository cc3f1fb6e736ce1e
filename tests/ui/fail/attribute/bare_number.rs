#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group(stop_within = 25, lame_duck = "2")]
struct App {
    #[service(start = Server(1), stop_within = "1.5", start_within = 1.5)]
    server: Server,
}

fn main() {}
