#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct Storage {
    #[service(start = Store, stop = drop(store))]
    store: Store,
}

#[service_group]
struct App {
    #[service(start = Storage::start().await?)]
    storage: Storage,
}

fn main() {}
