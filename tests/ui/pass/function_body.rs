#![deny(warnings)]
#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::{Server, Store};

pub fn main() {
    #[service_group]
    struct App {
        #[service(start = Server(1))]
        server: Server,
        #[service(start = { let _ = server; Store }, stop = drop(store))]
        store: Store,
    }

    drop(App::run());
    drop(App::start());
}
