#[path = "../../support.rs"]
mod support;

use service_group::{BlockingTask, service_group};
#[allow(unused_imports)]
use support::*;

fn sweep(_: service_group::StopToken) {}

#[service_group]
struct App {
    #[service(start = BlockingTask::spawn("sweep", sweep)?)]
    sweeper: BlockingTask,
}

fn main() {}
