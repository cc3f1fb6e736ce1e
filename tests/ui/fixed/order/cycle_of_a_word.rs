#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

macro_rules! port {
    ($word:ident $port:literal) => {
        $port
    };
}

#[service_group]
struct App {
    #[service(start = Server(port!(of 1)))]
    gateway: Server,
    #[service(start = Server(gateway.port()))]
    rpc: Server,
}

fn main() {}
