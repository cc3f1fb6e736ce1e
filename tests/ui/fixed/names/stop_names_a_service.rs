#![allow(unused)]
#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Server(1))]
    server: Server,
    #[service(start = (server.port(), Store), stop = { println!("{}", store.0); drop(store) })]
    store: (u16, Store),
}

fn main() {}
