//! Services that the caller gives, and inputs that one start takes, beside everything that a field can be.
#![deny(warnings)]
#[path = "../support.rs"]
mod support;

use service_group::{GroupHandle, Take, Task, service_group};
use support::*;

#[service_group(stop_within = "60s", start_within = "10s", stop_order(second, store))]
struct App<T: Clone + Send + Sync + 'static> {
    #[service(given, stop = drop(value), check = drop(value), reload = drop(value), may_fail)]
    value: Wrapper<T>,
    config: u16,
    #[service(given, stop = store.close().await?, stop_within = "2s", after(value))]
    store: Store,
    r#type: Take<String>,
    #[group]
    group: GroupHandle,
    #[service(given, first)]
    r#async: Server,
    #[cfg(any())]
    #[service(given, last)]
    removed: Server,
    #[service(start = { let _ = (value, store, group, r#type.take()?); Server(*config + r#async.port()) })]
    second: Server,
    #[service(given, last)]
    third: Server,
}

#[derive(Clone)]
struct Wrapper<T>(T);

#[service_group]
struct Nothing {
    #[service(given)]
    task: Option<Task>,
}

pub fn main() {
    let _ = App::runner(Wrapper(1_u8), 8080, Store, "a text".to_owned(), Server(1), Server(3));
    let _ = Nothing::run(None);
}
