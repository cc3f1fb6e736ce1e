#![allow(unused)]
#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Store, stop = drop(store), first)]
    store: Store,
    #[service(start = { let _ = store; Server(1) }, first)]
    telemetry: Server,
}

fn main() {}
