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
    #[service(start = Server::bind(80).await?)]
    unawaited: Server,
    #[service(start = Server::bind(80).await?)]
    unasked: Server,
    #[service(start = Storage::start().await?)]
    storage: service_group::Running<Storage>,
}

fn main() {}
