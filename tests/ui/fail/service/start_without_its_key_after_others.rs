#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(stop = store.close().await, Store::open("data")?)]
    store: Store,
}

fn main() {}
