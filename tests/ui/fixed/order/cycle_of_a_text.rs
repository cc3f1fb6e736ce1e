#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

macro_rules! length {
    ($text:expr) => {
        $text.len() as u16
    };
}

#[service_group]
struct App {
    #[service(start = { let path = "/{rpc}/jobs"; Server(length!(path)) })]
    gateway: Server,
    #[service(start = Server(gateway.port()))]
    rpc: Server,
}

fn main() {}
