#[path = "../../support.rs"]
mod support;

use service_group::{Task, service_group};
#[allow(unused_imports)]
use support::*;

#[service_group]
struct App {
    #[service(start = Store, stop = store.close().await)]
    store: Store,
    #[service(start = Task::spawn(|_| async { println!("{store:?}") }))]
    printer: Task,
}

fn main() {}
