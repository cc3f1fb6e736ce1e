#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group(stop_within = "4s")]
struct App {
    #[service(start = Store)]
    store: Store,
    #[service(start = Server(store.open_count() as u16))]
    server: Server,
}

#[service_group(stop_within = "4s")]
struct Outer {
    #[service(start = App::start().await?)]
    app: service_group::Running<App>,
}

fn main() {}
