#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

fn keep<T: Send + 'static>(_: T) {}

#[service_group]
struct App {
    #[service(start = Store, stop = drop(store))]
    store: Store,
    #[service(start = { keep(store); Server(1) })]
    server: Server,
}

fn main() {}
