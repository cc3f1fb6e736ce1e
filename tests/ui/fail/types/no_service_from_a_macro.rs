#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

macro_rules! stored {
    () => {
        Store
    };
}

#[service_group]
struct App {
    #[service(start = Store)]
    store: stored!(),
    #[service(start = Server(store.open_count() as u16))]
    server: Server,
}

#[service_group]
struct Generic<T: Send + Sync + 'static> {
    value: T,
    #[service(start = Store)]
    store: stored!(),
}

fn main() {}
