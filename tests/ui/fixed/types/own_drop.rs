#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    _at_the_end: AtTheEnd,
    #[service(start = Server(1))]
    server: Server,
}

/// An input: it is dropped after all services.
struct AtTheEnd;

impl Drop for AtTheEnd {
    fn drop(&mut self) {}
}

fn main() {}
