#![deny(warnings)]
#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::Server;

#[service_group]
struct App {
    #[group]
    unused: service_group::GroupHandle,
    #[service(start = Server(1))]
    server: Server,
}

pub fn main() {
    drop(App::run());
}
