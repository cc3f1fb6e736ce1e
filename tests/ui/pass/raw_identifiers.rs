#![deny(warnings)]
#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::{Server, Store};

#[service_group(stop_order(r#type, r#move))]
struct r#App {
    r#match: u16,
    #[service(start = Server(*r#match))]
    r#move: Server,
    #[service(start = Server(r#move.port()), after(r#move))]
    r#type: Server,
    #[service(start = Store::open(&format!("{type:?}", r#type = r#type))?, stop = r#async.close().await)]
    r#async: Store,
    #[service(start = { println!("{:?}", r#async); Server(1) })]
    plain: Server,
}

pub fn main() {
    assert_eq!(App::PLAN.services()[1].name(), "type");
    drop(App::run(1));
}
