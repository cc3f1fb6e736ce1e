#![allow(unused)]
#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[cfg(any())]
    #[service(start = Server(1))]
    metrics: Server,
    #[cfg(any())]
    #[service(start = Server(metrics.port()))]
    server: Server,
    #[service(start = Server(1))]
    second: Server,
}

fn main() {}
