#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

fn flush<T>(_: Store, _: T) {}

fn server() {}

#[service_group]
struct App {
    #[service(start = Server(1))]
    server: Server,
    #[service(start = Store, stop = flush(store, || server()))]
    store: Store,
}

fn main() {}
