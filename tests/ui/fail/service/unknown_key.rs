#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(strat = Server(1))]
    server: Server,
    #[service(start = Server(1), aftr(server))]
    second: Server,
    #[service(start = Server(1), colour = "blue")]
    third: Server,
}

fn main() {}
