#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

use service_group::Running;

#[service_group]
struct Storage {
    #[service(start = Server(1), stop_within = "8s")]
    one: Server,
    #[service(start = Server(one.port()), stop_within = "8s")]
    two: Server,
}

#[service_group]
struct App {
    #[service(start = Storage::start().await?, stop_within = "10s")]
    storage: Running<Storage>,
}

fn main() {}
