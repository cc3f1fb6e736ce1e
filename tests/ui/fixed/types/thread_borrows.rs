#[path = "../../support.rs"]
mod support;

use service_group::{BlockingTask, service_group};
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Store, stop = drop(store))]
    store: Store,
    #[service(start = { let store = store.clone(); BlockingTask::spawn("sweep", |_| drop(store))? })]
    sweeper: BlockingTask,
}

fn main() {}
