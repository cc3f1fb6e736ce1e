#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Store, stop = {
        if store.open_count() == 0 {
            return;
        }
        store.close().await
    })]
    store: Store,
}

fn main() {}
