#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Store)]
    store: Store,
    #[service(start = Store, stop_within = "1s")]
    capped: Store,
}

async fn run() {
    App::run().await;
}

fn main() {}
