#[path = "../../support.rs"]
mod support;

use service_group::{Task, service_group};
#[allow(unused_imports)]
use support::*;

fn sweep(_: service_group::StopToken) {}

#[service_group]
struct App {
    #[service(start = Task::spawn(sweep))]
    sweeper: Task,
}

fn main() {}
