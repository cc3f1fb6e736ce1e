#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[cfg(any())]
    #[service(start = Server(1))]
    metrics: Server,
    #[service(start = Store, stop = { metrics.flush(); drop(store) })]
    store: Store,
}

fn main() {}
