#[path = "../../support.rs"]
mod support;

use service_group::{Task, service_group};
#[allow(unused_imports)]
use support::*;

async fn sweep() {}

#[service_group]
struct App {
    #[service(start = Task::spawn(sweep()))]
    sweeper: Task,
}

fn main() {}
