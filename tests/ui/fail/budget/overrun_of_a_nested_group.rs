#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct Storage {
    #[service(start = Server(1), stop_within = "8s")]
    server: Server,
}

#[service_group(stop_within = "10s")]
struct App {
    #[service(start = Storage::start().await?)]
    storage: service_group::Running<Storage>,
    #[service(start = Server(storage.server.port()))]
    gateway: Server,
}

fn main() {}
