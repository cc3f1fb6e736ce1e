//! A group as a service of another group: a dictionary over HTTP, with its storage as a nested group.
//!
//! ```text
//! curl -X PUT -d 'a drink of leaves' localhost:3000/tea
//! curl localhost:3000/tea
//! ```

mod storage;

use std::net::SocketAddr;
use std::path::PathBuf;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use service_group::{Outcome, Running, service_group};
use service_group_servers::HttpServer;

use crate::storage::{Index, Storage};

/// A dictionary over HTTP.
// The compiler checks that this budget covers the slowest stop path, including the slowest path inside `storage`.
#[service_group(stop_within = "20s")]
struct App {
    path: PathBuf,
    address: SocketAddr,

    // A running group is a service. The `?` returns the error of the service inside it that did not start.
    #[service(start = Storage::start(path.clone()).await?)]
    storage: Running<Storage>,

    // `Running<Storage>` dereferences to `Storage`. Using `storage.index` makes `web` depend on the whole of
    // `storage`: `web` stops before any service in it.
    #[service(start = HttpServer::bind(*address, routes(storage.index.clone())).await?, stop_within = "6s")]
    web: HttpServer,
}

fn routes(index: Index) -> Router {
    Router::new().route("/{word}", get(meaning).put(define)).with_state(index)
}

async fn meaning(State(index): State<Index>, Path(word): Path<String>) -> Result<String, StatusCode> {
    index.get(&word).ok_or(StatusCode::NOT_FOUND)
}

async fn define(State(index): State<Index>, Path(word): Path<String>, meaning: String) -> StatusCode {
    match index.put(&word, &meaning).await {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[tokio::main]
async fn main() -> Outcome {
    App::run("dictionary.log".into(), ([127, 0, 0, 1], 3000).into()).await
}

#[cfg(test)]
mod tests {
    use service_group::testing;

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn stops_whatever_fails() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        testing::faults(move || App::runner(log.clone(), ([127, 0, 0, 1], 0).into())).await;
    }
}
