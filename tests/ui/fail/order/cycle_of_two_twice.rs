#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Server::bind(two.port()).await?, after(two))]
    one: Server,
    #[service(start = Server::bind(one.port()).await?, after(one))]
    two: Server,
}

fn main() {}
