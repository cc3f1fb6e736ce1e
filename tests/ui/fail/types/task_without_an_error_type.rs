#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

use service_group::Task;

#[service_group]
struct App {
    #[service(start = Task::spawn(async |stop| { stop.requested().await; Ok(()) }))]
    writer: Task,
}

fn main() {}
