#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group(stop_within = "0s", lame_duck = "0s")]
struct App {
    #[service(start = Server(1), stop_within = "0ms", start_within = "0s")]
    server: Server,
}

fn main() {}
