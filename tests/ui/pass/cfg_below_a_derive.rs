#![deny(warnings)]
#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::{Server, Store};

#[derive(Debug)]
#[service_group(stop_order(gone, server))]
#[derive(Default)]
struct App {
    #[cfg(any())]
    #[service(start = Missing::new(store))]
    gone: Missing,
    #[service(start = Server(1), after(gone))]
    server: Server,
    #[service(start = Store, stop = Ok::<_, std::fmt::Error>(()))]
    store: Store,
}

pub fn main() {
    println!("{:?}", App::default());
    drop(App::run());
}
