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
    #[service(start = Server(format!("{server:?}").len() as u16))]
    gateway: Server,
}

fn main() {}
