#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Server(e.port()))]
    a: Server,
    #[service(start = Server(a.port()))]
    b: Server,
    #[service(start = Server(b.port()))]
    c: Server,
    #[service(start = Server(c.port()))]
    d: Server,
    #[service(start = Server(d.port()))]
    e: Server,
}

fn main() {}
