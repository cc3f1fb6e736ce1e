#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[group]
    handle: u16,
    #[service(start = Server(1))]
    server: Server,
}

#[service_group]
struct Generic<T: Send + Sync + 'static> {
    value: T,
    #[group]
    handle: std::rc::Rc<T>,
    #[service(start = Server::from(handle))]
    server: Server,
}

impl<T> From<&T> for Server {
    fn from(_: &T) -> Self {
        Self(1)
    }
}

fn main() {}
