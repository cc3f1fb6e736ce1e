#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group(stop_order(a, b, c, d))]
struct App {
    #[service(start = Server(b.port()))]
    a: Server,
    #[service(start = Server(a.port()))]
    b: Server,
    #[service(start = Server(1), after(d))]
    c: Server,
    #[service(start = Server(c.port() + a.port()))]
    d: Server,
}

fn main() {}
