#![allow(unused)]
#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group(stop_order(server, store))]
struct App {
    #[service(start = Store, stop = drop(store))]
    store: Store,
    #[service(start = Server(1))]
    server: Server,
}

fn main() {}
