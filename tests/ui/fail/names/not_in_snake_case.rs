#![deny(non_snake_case)]
#[path = "../../support.rs"]
mod support;

use service_group::{GroupHandle, service_group};
#[allow(unused_imports)]
use support::*;

/// Each name is reported at the field alone.
#[service_group]
struct App {
    #[group]
    Handle: GroupHandle,
    Port: u16,
    #[service(start = { drop(Handle.clone()); Server(*Port) })]
    Rpc: Server,
    #[service(start = Server(Rpc.port()), after(Rpc))]
    gate__way: Server,
    #[service(given, stop = Given.close().await, check = Given.ping().await)]
    Given: Store,
}

fn main() {}
