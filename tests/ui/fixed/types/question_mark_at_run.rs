#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Server(1))]
    server: Server,
}

async fn entry() -> service_group::Outcome {
    App::run().await
}

fn main() {
    drop(entry());
}
