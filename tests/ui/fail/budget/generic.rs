#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group(stop_within = "4s")]
struct App<T: Send + Sync + 'static> {
    value: T,
    #[service(start = Server(1))]
    server: Server,
}

const PLAN: service_group::Plan = App::<u8>::PLAN;

fn main() {}
