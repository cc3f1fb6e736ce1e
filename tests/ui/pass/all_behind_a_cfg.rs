#![deny(warnings)]
#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::Server;

#[service_group(stop_order(one, two))]
struct App {
    #[cfg(any())]
    config: Missing,
    #[cfg(any())]
    #[service(start = Server(*config))]
    one: Server,
    #[cfg(any())]
    #[service(start = Server(1), after(one))]
    two: Server,
}

#[allow(dead_code)]
const UNUSED: Option<Server> = None;

pub fn main() {
    assert!(App::PLAN.services().is_empty());
    drop(App::run());
}
