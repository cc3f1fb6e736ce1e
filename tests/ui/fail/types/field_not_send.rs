#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

use std::rc::Rc;

#[service_group]
struct App {
    #[service(start = Rc::new(1), stop = drop(count))]
    count: Rc<u16>,
    #[service(start = Server(1))]
    one: Server,
    #[service(start = Server(2))]
    two: Server,
}

fn main() {}
