#[path = "../../support.rs"]
mod support;

use service_group::{StopToken, Task, service_group};
#[allow(unused_imports)]
use support::*;

async fn work(_: Store, _: StopToken) {}

#[service_group]
struct App {
    #[service(start = Store, stop = drop(store))]
    store: Store,
    #[service(start = Task::spawn(|stop| async move { let store = store.clone(); work(store, stop).await }))]
    worker: Task,
}

fn main() {}
