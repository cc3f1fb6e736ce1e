#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    name: String
    port: u16,
    #[service(start = Server(*port))]
    server: Server,
}

fn main() {}
