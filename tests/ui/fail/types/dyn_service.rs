#[path = "../../support.rs"]
mod support;

use service_group::{Service, service_group};
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Box::new(Server(1)))]
    server: Box<dyn Service>,
}

fn main() {}
