#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = App::start().await?)]
    inner: service_group::Running<App>,
}

#[service_group]
struct Tree {
    #[service(start = None)]
    inner: Option<service_group::Running<Self>>,
}

fn main() {}
