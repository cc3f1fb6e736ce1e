#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

use std::sync::Arc;

#[allow(dead_code)]
trait Notify {
    fn notify(&self);
}

#[service_group]
struct App {
    notify: Arc<dyn Notify + Send + Sync>,
    #[service(start = { notify.notify(); Server(1) })]
    server: Server,
}

fn main() {}
