#![allow(unused)]
#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    config: u16,
    #[service(start = Server(*config))]
    server: Server,
}

fn main() {}
