#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct Other {
    #[service(start = Store, stop = drop(store))]
    store: Store,
}

#[service_group]
struct App {
    #[service(start = Store, stop = drop(store))]
    store: Store,
}

fn test() {
    drop(App::runner().replace(Other::KEYS.store, Store));
}

fn main() {}
