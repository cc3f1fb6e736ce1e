#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Server(1))]
    server: Server,
    #[service(start = Store, stop = drop(store), check = server.port() > 0, reload = server.port())]
    store: Store,
}

fn main() {}
