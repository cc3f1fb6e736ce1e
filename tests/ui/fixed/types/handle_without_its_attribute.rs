#[path = "../../support.rs"]
mod support;

use service_group::{GroupHandle, service_group};
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[group]
    group: GroupHandle,
    #[service(start = { drop(group.clone()); Server(1) })]
    server: Server,
}

fn main() {
    drop(App::run());
}
