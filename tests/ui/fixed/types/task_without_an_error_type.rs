#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

use service_group::{BoxError, Task};

#[service_group]
struct App {
    #[service(start = Task::spawn(async |stop| { stop.requested().await; Ok::<_, BoxError>(()) }))]
    writer: Task,
}

fn main() {}
