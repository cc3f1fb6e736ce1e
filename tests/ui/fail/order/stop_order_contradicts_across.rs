#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group(stop_order(store, between, rpc))]
struct App {
    #[service(start = Store, stop = drop(store))]
    store: Store,
    #[service(start = Server(1))]
    between: Server,
    #[service(start = { let _ = store; Server(1) })]
    rpc: Server,
}

fn main() {}
