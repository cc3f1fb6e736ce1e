#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    inferred: _,
    borrowed: Option<&u16>,
    #[service(start = Server(borrowed.map_or(1, |port| *port)))]
    server: Server,
    #[service(start = Server(wrong))]
    other: Server,
}

fn main() {}
