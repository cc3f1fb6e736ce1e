#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    port: fn(&str) -> u16,
    #[service(start = Server(port("rpc")))]
    server: Server,
}

fn main() {}
