#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[servce(start = Store, stop = store.close().await)]
    store: Store,
    #[service(start = { drop(store.clone()); Server(1) })]
    server: Server,
}

fn main() {}
