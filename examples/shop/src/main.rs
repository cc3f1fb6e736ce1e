//! An application that nests the group of another crate: a shop that journals its sales.
//!
//! ```text
//! curl -d 'a teapot' localhost:3000/sales
//! ```

mod file;

use std::path::PathBuf;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use journal::{Entries, Journal};
use service_group::{GroupHandle, Outcome, Running, service_group};
use service_group_servers::{HttpServer, health};

use crate::file::File;

/// A shop over HTTP.
// The budget covers the slowest path through `journal`: 6 s for `web`, and 8 s for the services inside `journal`.
#[service_group(stop_within = "14s")]
struct Shop {
    path: PathBuf,

    #[group]
    group: GroupHandle,

    // The generic group of the other crate, over a database of this one.
    #[service(start = Journal::start(path.clone()).await?)]
    journal: Running<Journal<File>>,

    #[service(start = HttpServer::bind("127.0.0.1:3000", routes(journal.entries(), group)).await?, stop_within = "6s")]
    web: HttpServer,
}

fn routes(entries: Entries, group: &GroupHandle) -> Router {
    Router::new().route("/sales", post(sell)).with_state(entries).merge(health::routes(group))
}

async fn sell(State(entries): State<Entries>, what: String) -> StatusCode {
    match entries.add(what).await {
        Ok(()) => StatusCode::ACCEPTED,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

#[tokio::main]
async fn main() -> Outcome {
    Shop::run("sales.log".into()).await
}

#[cfg(test)]
mod tests;
