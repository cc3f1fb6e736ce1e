#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Handle::default(), stop = drop(server), check = server.0.port() > 0)]
    server: Handle,
}

#[derive(Clone, Default)]
struct Handle(std::sync::Arc<Server>);

fn main() {}
