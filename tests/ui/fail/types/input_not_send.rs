#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

use std::rc::Rc;

#[service_group]
struct App {
    count: Rc<u16>,
    #[service(start = Server(1))]
    server: Server,
}

fn main() {}
