#![deny(warnings)]
#[path = "../support.rs"]
mod support;

use service_group::{BlockingTask, BoxError, RestartPolicy, StopToken, Task, service_group};
use support::{Server, Store};

async fn compaction(stop: StopToken) -> Result<(), BoxError> {
    drop(stop.requested().await);
    Ok(())
}

async fn poller(_: StopToken) {}

fn sweeper(_: StopToken) {}

fn port(number: u16) -> Server {
    Server(number)
}

fn store() -> Store {
    Store
}

/// Functions with the name of the field that they start, as values.
#[service_group]
struct App {
    number: u16,
    #[service(start = Task::spawn(compaction))]
    compaction: Task,
    #[service(start = Task::restarting(RestartPolicy::default(), poller).ends_group())]
    poller: Task,
    #[service(start = BlockingTask::spawn("sweeper", sweeper)?)]
    sweeper: BlockingTask,
    #[service(start = Some(*number).map(port).unwrap_or_default())]
    port: Server,
    #[service(start = { let open: fn() -> Store = store; open() }, stop = drop(store))]
    store: Store,
}

pub fn main() {
    assert!(App::PLAN.services().iter().all(|service| service.dependencies().is_empty()));
    drop(App::run(1));
}
