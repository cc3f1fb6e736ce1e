#![allow(unused)]
#[path = "../../support.rs"]
mod support;

use service_group::{BoxError, RestartPolicy, StopToken, Task, service_group};
#[allow(unused_imports)]
use support::*;

async fn consume(_db: String, _stop: StopToken) -> Result<(), BoxError> {
    Ok(())
}

#[service_group]
struct App {
    db: String,
    #[service(start = {
        let db = db.clone();
        Task::restarting(RestartPolicy::default(), move |stop| consume(db.clone(), stop))
    })]
    consumer: Task,
}

fn main() {}
