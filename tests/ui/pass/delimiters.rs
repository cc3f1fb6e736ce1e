//! The arguments of the attribute in each kind of brackets.

#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::Server;

#[allow(dead_code)]
#[service_group { stop_within = "25s" }]
struct App {
    #[service[start = Server(1)]]
    one: Server,
    #[service { start = Server(2), after(one,), }]
    two: Server,
}

pub fn main() {
    assert_eq!(App::PLAN.services().len(), 2);
}
