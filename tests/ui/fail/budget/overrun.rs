#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

/// No other code mentions this group.
#[service_group(stop_within = "15s", lame_duck = "2s")]
struct App {
    #[service(start = Store, stop = store.close().await)]
    store: Store,
    #[service(start = { let _ = store; Server(1) }, stop_within = "8s")]
    rpc: Server,
    #[service(start = Server(rpc.port()), stop_within = "1500ms")]
    gateway: Server,
}

fn main() {}
