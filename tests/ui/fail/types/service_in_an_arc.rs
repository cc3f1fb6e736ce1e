#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[allow(unused_imports)]
use std::sync::Arc;

#[service_group]
struct App {
    #[service(start = Arc::new(Server(1)))]
    server: Arc<Server>,
}

fn main() {}
