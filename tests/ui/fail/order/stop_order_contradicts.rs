#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group(stop_order(store, rpc, gateway))]
struct App {
    #[service(start = Store, stop = drop(store))]
    store: Store,
    #[service(start = Server(1), after(store))]
    rpc: Server,
    #[service(start = Server(1))]
    between: Server,
    #[service(start = Server(rpc.port()))]
    gateway: Server,
}

fn main() {}
