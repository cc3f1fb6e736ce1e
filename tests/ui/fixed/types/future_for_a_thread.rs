#[path = "../../support.rs"]
mod support;

#[allow(unused_imports)]
use service_group::{BlockingTask, StopToken, Task, service_group};
#[allow(unused_imports)]
use support::*;

async fn poll(_: StopToken) {}

#[service_group]
struct App {
    #[service(start = Task::spawn(poll))]
    poller: Task,
}

fn main() {}
