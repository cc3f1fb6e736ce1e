#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Store, stop = drop(store), check = |store| store.ping())]
    store: Store,
}

fn main() {}
