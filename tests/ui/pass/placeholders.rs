#![deny(warnings)]
#[path = "../support.rs"]
mod support;

use service_group::service_group;
use support::{Server, Store};

#[service_group]
struct App {
    #[service(start = Store, stop = todo!("flush {store:?}"))]
    store: Store,
    #[service(start = Store, stop = unimplemented!())]
    other: Store,
    #[service(start = Store, stop = std::unreachable!("{}", 1))]
    third: Store,
    #[service(start = Store, stop = { let _ = fourth; panic!() })]
    fourth: Store,
    #[allow(unused_parens)]
    #[service(start = Store, stop = (todo!("flush {}", fifth.open_count())))]
    fifth: Store,
    #[service(start = todo!("later"))]
    server: Server,
}

pub fn main() {
    drop(App::run());
}
