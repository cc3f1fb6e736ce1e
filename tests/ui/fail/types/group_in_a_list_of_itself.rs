#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Vec::new())]
    inner: Vec<service_group::Running<App>>,
}

fn main() {}
