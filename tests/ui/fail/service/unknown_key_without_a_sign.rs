#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(strat Server(4))]
    four: Server,
    #[service(start = Server(5), afer one, two)]
    five: Server,
}

fn main() {}
