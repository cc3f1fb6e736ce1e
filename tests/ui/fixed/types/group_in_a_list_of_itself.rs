#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Vec::new())]
    inner: Vec<service_group::Running<Inner>>,
}

fn main() {}

#[service_group]
struct Inner {
    #[service(start = Server(1))]
    server: Server,
}
