#![allow(unused)]
#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    name: String,
    #[service(start = Server(name.len() as u16))]
    server: Server,
}

fn main() {}
