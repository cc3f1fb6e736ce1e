#![deny(warnings)]
#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::{Server, Store};

use service_group::plan::EdgeKind;

/// The same dependency by use and `after`, `first` and use, `last` and `after`, and a `stop_order` that agrees with it.
#[service_group(stop_within = "30s", stop_order(registration, server, store))]
struct App {
    #[service(start = Server(1), first)]
    logs: Server,
    #[service(start = { let _ = logs; Store }, after(logs), stop = drop(store))]
    store: Store,
    #[service(start = { let _ = (store, store); Server(1) }, after(store))]
    server: Server,
    #[service(start = Server(server.port()), after(server, logs), last)]
    registration: Server,
}

pub fn main() {
    let services = App::PLAN.services();
    assert_eq!(services[2].dependencies().iter().map(|edge| (edge.service.index(), edge.kind)).collect::<Vec<_>>(), [(1, EdgeKind::Use)]);
    drop(App::run());
}
