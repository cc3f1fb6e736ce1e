#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group(stopWithin = "20s", GRACE_PERIOD = "2s")]
struct App {
    #[service(start = Server(1), TimeoutStopSec = 3, After = other)]
    server: Server,
    #[service(start = Server(1), exec-stop = "x", checkInterval = "5s", BLOCKING)]
    other: Server,
}

fn main() {}
