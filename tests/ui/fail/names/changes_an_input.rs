#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[allow(unused_imports)]
use std::sync::Mutex;

fn fill(ports: &mut Vec<u16>) {
    ports.push(1);
}

#[service_group]
struct App {
    ports: Vec<u16>,
    #[service(start = { fill(&mut ports); Server(1) })]
    server: Server,
}

fn main() {}
