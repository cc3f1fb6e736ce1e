//! The smallest group: a web server and a background task.
//!
//! Try `curl localhost:3000`, then press Ctrl-C. The server stops first. The task stops after the last response.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use axum::{Router, routing::get};
use service_group::{Outcome, StopToken, Task, service_group};
use service_group_servers::HttpServer;

#[service_group]
struct App {
    visits: Arc<AtomicU64>,

    #[service(start = Task::spawn(|stop| count(visits.clone(), stop)))]
    counter: Task,

    #[service(start = HttpServer::bind("127.0.0.1:3000", routes(visits.clone())).await?, after(counter))]
    web: HttpServer,
}

fn routes(visits: Arc<AtomicU64>) -> Router {
    Router::new()
        // Relaxed: the counter orders no other memory.
        .route("/", get(async move || format!("hello, visitor {}\n", visits.fetch_add(1, Relaxed) + 1)))
}

/// Prints the number of visits every ten seconds, and once more when the server has stopped.
// Relaxed: the last value is complete, because the server has ended before the stop of this task begins.
async fn count(visits: Arc<AtomicU64>, stop: StopToken) {
    while tokio::time::timeout(Duration::from_secs(10), stop.requested()).await.is_err() {
        println!("{} visits so far", visits.load(Relaxed));
    }
    println!("{} visits in all", visits.load(Relaxed));
}

#[tokio::main]
async fn main() -> Outcome {
    App::run(Arc::default()).await
}

#[cfg(test)]
mod tests {
    use service_group::testing;

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn stops_whatever_fails() {
        let web = || async { Ok(HttpServer::bind("127.0.0.1:0", routes(Arc::default())).await?) };
        testing::faults(move || App::runner(Arc::default()).replace_start(App::KEYS.web, web())).await;
    }
}
