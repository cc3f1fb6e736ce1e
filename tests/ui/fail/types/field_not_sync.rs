#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

use std::cell::RefCell;

#[service_group]
struct App {
    unnamed: RefCell<u16>,
    named: RefCell<u16>,
    #[service(start = Server(*named.borrow()))]
    one: Server,
    #[service(start = Server(2))]
    two: Server,
}

fn main() {}
