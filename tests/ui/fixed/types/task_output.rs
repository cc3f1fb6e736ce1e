#![allow(unused)]
#[path = "../../support.rs"]
mod support;

use service_group::service_group;
#[allow(unused_imports)]
use support::*;

use service_group::Task;

#[service_group]
struct App {
    #[service(start = Task::spawn(|_| async { drop(1) }))]
    task: Task,
}

fn main() {}
