#![deny(warnings)]
#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::{Server, Store};

use service_group::Running;

#[service_group]
#[derive(Debug)]
struct Storage {
    #[service(start = Store, stop = drop(store))]
    store: Store,
}

#[service_group]
#[derive(Debug)]
struct App {
    #[service(start = Storage::start().await?)]
    storage: Running<Storage>,
    #[service(start = { let _: &Store = &storage.store; Server(1) })]
    server: Server,
}

pub fn main() {
    assert_eq!(App::PLAN.services()[0].nested().map(service_group::Plan::name), Some("Storage"));
    drop(App::run());
}
