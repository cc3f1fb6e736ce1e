#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
#[group(lame_duck = "2s")]
struct App {
    #[service(start = Server(1))]
    server: Server,
}

fn main() {}
