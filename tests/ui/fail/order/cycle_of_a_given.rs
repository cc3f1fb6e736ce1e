#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(given, after(server))]
    pool: Server,
    #[service(start = Server(pool.port()))]
    server: Server,
}

fn main() {}
