#![allow(unused)]
#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

use std::sync::Arc;

#[service_group]
struct App {
    count: Arc<u16>,
    #[service(start = Server(1))]
    server: Server,
}

fn main() {}
