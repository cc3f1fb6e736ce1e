#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Worker::start().await?)]
    worker: service_group::Running<Worker>,
}

#[service_group]
struct Worker {
    #[service(start = App::start().await?)]
    app: service_group::Running<App>,
}

fn main() {}
