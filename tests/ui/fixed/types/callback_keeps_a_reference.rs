#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Store, stop = store.close().await)]
    store: Store,
    #[service(start = { let store = store.clone(); Box::new(move || store.open_count()) }, stop = drop(count))]
    count: Box<dyn Fn() -> usize + Send + Sync>,
}

fn main() {}
