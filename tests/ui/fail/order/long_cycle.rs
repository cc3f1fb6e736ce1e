#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group(stop_order(apart, a))]
struct App {
    #[service(start = Server(c.port()))]
    a: Server,
    #[service(start = Server(1), after(a))]
    b: Server,
    #[service(start = Server(format!("{b:?}").len() as u16))]
    c: Server,
    #[service(start = Server(a.port() + b.port() + c.port()))]
    apart: Server,
}

fn main() {}
