#[path = "../../support.rs"]
mod support;

use service_group::{BlockingTask, service_group};
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Store, stop = drop(store))]
    store: Store,
    #[service(start = BlockingTask::spawn("sweep", |_| drop(store.clone()))?)]
    sweeper: BlockingTask,
}

fn main() {}
