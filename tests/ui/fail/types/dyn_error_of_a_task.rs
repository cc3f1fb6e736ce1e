#[path = "../../support.rs"]
mod support;

use service_group::{StopToken, Task, service_group};
#[allow(unused_imports)]
use support::*;

async fn poll(_: StopToken) -> Result<(), Box<dyn std::error::Error>> {
    Ok(())
}

#[service_group]
struct App {
    #[service(start = Task::spawn(poll))]
    poller: Task,
}

fn main() {}
