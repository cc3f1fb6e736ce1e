#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group(stop_within = "25 seconts", lame_duck = "soon")]
struct App {
    #[service(start = Server(1), stop_within = "", start_within = SECONDS)]
    server: Server,
}

fn main() {}
