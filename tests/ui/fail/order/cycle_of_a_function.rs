#[path = "../../support.rs"]
mod support;

use service_group::{StopToken, Task, service_group};
#[allow(unused_imports)]
use support::*;

#[allow(dead_code)]
async fn sweep(_: StopToken) {}

#[service_group]
struct App {
    #[service(start = Task::spawn(sweep))]
    sweeper: Task,
    #[service(start = Server(format!("{sweeper:?}").len() as u16))]
    sweep: Server,
}

fn main() {}
