#![deny(warnings)]
#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::Server;

/// The tests of this repository forbid unsafe code; a program of a user does not.
#[service_group]
struct App {
    ports: Vec<u16>,
    #[service(start = Server(unsafe { *ports.as_ptr() }))]
    raw: Server,
}

fn main() {
    drop(App::run(vec![1]));
}
