#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Store::open("data")?, stop = store.close().await, retry = 250ms..5s)]
    store: Store,
    #[service(start = Store::open("data")?, stop = other.close().await, retry = 250ms..=5s)]
    other: Store,
    #[service(start = Store::open("data")?, stop = last.close().await, retry = 1..5)]
    last: Store,
}

fn main() {}
