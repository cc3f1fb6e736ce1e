#![deny(warnings)]
#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::Server;

use service_group::Running;

/// Groups in groups in groups: the slowest path goes through all of them.
#[service_group(stop_within = "60s")]
struct Inner {
    #[service(start = Server(1))]
    server: Server,
}

#[service_group(stop_within = "60s", lame_duck = "9s")]
struct Middle {
    #[service(start = Inner::start().await?)]
    inner: Running<Inner>,
    #[service(start = Server(inner.server.port()))]
    server: Server,
}

#[service_group]
struct App {
    #[service(start = Middle::start().await?)]
    middle: Running<Middle>,
    #[service(start = Server(middle.inner.server.port() + middle.server.port()), stop_within = "10s")]
    server: Server,
}

pub fn main() {
    assert_eq!(App::PLAN.slowest_stop().as_secs(), 20);
    drop(App::run());
}
