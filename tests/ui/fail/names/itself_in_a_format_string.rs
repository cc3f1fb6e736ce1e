#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Store::open(&format!("{store:?}"))?, stop = drop(store))]
    store: Store,
}

fn main() {}
