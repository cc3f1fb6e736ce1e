//! What the programs of `whole_process` serve, plain and in a group.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use tokio::signal::unix::{SignalKind, signal};
use tonic::service::Routes;

use crate::Unary;

/// The request that is never answered.
pub const WAIT: &str = "wait";

static WAITING: AtomicUsize = AtomicUsize::new(0);

/// Answers how many requests wait, or waits.
async fn answer(request: String) -> String {
    if request == WAIT {
        WAITING.fetch_add(1, SeqCst);
        std::future::pending::<()>().await;
    }
    WAITING.load(SeqCst).to_string()
}

/// The same over HTTP.
pub fn router() -> Router {
    Router::new().route("/{request}", get(async |Path(request)| answer(request).await))
}

/// The same over gRPC.
pub fn routes() -> Routes {
    Routes::new(Unary(answer))
}

/// Handles SIGTERM and SIGINT from now on; the future ends with the first: what a plain server is given as its shutdown.
///
/// # Panics
///
/// When the signals cannot be handled.
pub fn signals() -> impl Future<Output = ()> {
    let [mut terminate, mut interrupt] = [SignalKind::terminate(), SignalKind::interrupt()]
        .map(|kind| signal(kind).expect("the signal can be handled"));
    async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
}
