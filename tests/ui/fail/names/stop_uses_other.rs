#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    config: String,
    #[service(start = Server(1))]
    server: Server,
    #[service(start = Store, stop = { println!("{config} {}", server.port()); store.close().await })]
    store: Store,
}

fn main() {}
