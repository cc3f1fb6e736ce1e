#![allow(unused)]
#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = 3, stop = drop(config))]
    config: u16,
    #[service(start = Server(*config))]
    server: Server,
}

fn main() {}
