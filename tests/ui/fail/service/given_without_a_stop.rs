#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(given)]
    store: Store,
    #[service(start = Server(store.open_count() as u16))]
    server: Server,
}

fn main() {}
