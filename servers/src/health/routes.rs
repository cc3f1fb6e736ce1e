//! `/livez`, `/readyz` and `/startupz`.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use axum::routing::get;

use super::{Health, HealthSource};

impl Health {
    /// `/livez`, `/readyz` and `/startupz`, for a router with any state.
    ///
    /// `/livez` is 200 for as long as it answers. `/readyz` is 200 from the moment that all services have started
    /// until a stop begins: from the begin of the lame duck it is 503, on connections already open too. `/startupz` is
    /// 503 until all services have started, and 200 from then on. The text of a 503 names the services that are not
    /// ready, one a line.
    pub fn routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let (ready, started) = (Arc::clone(&self.source), Arc::clone(&self.source));
        Router::new()
            .route("/livez", get(async || answer(None)))
            .route("/readyz", get(async move || answer((!ready.ready()).then_some(&*ready))))
            .route("/startupz", get(async move || answer((!started.started()).then_some(&*started))))
    }
}

fn answer(unready: Option<&dyn HealthSource>) -> impl IntoResponse + use<> {
    let (status, text) = match unready {
        None => (StatusCode::OK, "ok\n".to_owned()),
        Some(source) => (StatusCode::SERVICE_UNAVAILABLE, lines(&source.unready())),
    };
    (status, [(CACHE_CONTROL, "no-store")], text)
}

fn lines(unready: &[&str]) -> String {
    if unready.is_empty() { "not ready\n".to_owned() } else { unready.join("\n") + "\n" }
}
