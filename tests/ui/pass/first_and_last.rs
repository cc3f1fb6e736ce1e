#![deny(warnings)]
#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::{Server, Store};

#[service_group]
struct App {
    #[service(start = Server(1), last)]
    registration: Server,
    #[service(start = Store, stop = drop(store))]
    store: Store,
    #[service(start = { let _ = store; Server(1) })]
    server: Server,
    #[service(start = Server(1), first)]
    telemetry: Server,
}

pub fn main() {
    assert!(App::PLAN.start_order().map(|id| id.index()).eq([3, 1, 2, 0]));
    drop(App::run());
}
