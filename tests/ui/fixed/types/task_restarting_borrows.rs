#[path = "../../support.rs"]
mod support;

use service_group::{RestartPolicy, StopToken, Task, service_group};
#[allow(unused_imports)]
use support::*;

async fn work(_: Store, _: StopToken) {}

#[service_group]
struct App {
    #[service(start = Store, stop = drop(store))]
    store: Store,
    #[service(start = {
        let store = store.clone();
        Task::restarting(RestartPolicy::default(), move |stop| work(store.clone(), stop))
    })]
    worker: Task,
}

fn main() {}
