#[path = "../../support.rs"]
mod support;

use service_group::{BoxService, service_group};
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = BoxService::new(Server(1)))]
    server: BoxService,
}

fn main() {}
