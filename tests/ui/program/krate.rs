#![deny(warnings)]
#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::{Server, Store};

mod inner {
    pub mod renamed {
        pub use service_group::__private0;
    }
}

#[service_group(crate = crate::inner::renamed)]
struct App {
    #[service(start = Server(1))]
    server: Server,
    #[service(start = Store, stop = drop(store))]
    store: Store,
}

fn main() {
    drop(App::run());
}
