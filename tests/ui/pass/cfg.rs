#![deny(warnings)]
#![allow(clippy::non_minimal_cfg)]
#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::{Server, Store};

#[service_group(stop_order(gone, server, gone_too, store))]
struct App {
    #[cfg(any())]
    missing: Missing,
    #[cfg(all())]
    path: String,
    #[service(start = Store::open(path)?, stop = drop(store))]
    store: Store,
    #[cfg(any())]
    #[service(start = Missing::new(store))]
    gone: Missing,
    #[cfg_attr(all(), service(start = Server(1), after(gone, gone_too)))]
    server: Server,
    #[cfg_attr(any(), cfg(all()))]
    #[cfg(any())]
    gone_too: Missing,
    #[service(start = {
        #[cfg(any())]
        gone.register();
        Server(server.port())
    })]
    second: Server,
}

pub fn main() {
    assert_eq!(App::PLAN.services().len(), 3);
    assert!(App::PLAN.services()[1].stops_before().map(|id| id.index()).eq([0]));
    drop(App::run(String::new()));
}
