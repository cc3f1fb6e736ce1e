#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Server(metrics.port()), first)]
    telemetry: Server,
    #[service(start = Server(telemetry.port()))]
    metrics: Server,
}

fn main() {}
