//! `/livez`, `/readyz` and `/startupz`.

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use axum::routing::get;
use service_group::GroupHandle;
use service_group::text::OneLine;

/// Returns `/livez`, `/readyz` and `/startupz`, for a router with any state.
///
/// - `/livez` is 200 for as long as it answers.
/// - `/readyz` is 200 from the moment that all services have started until a stop begins. From the start of the lame duck
///   it is 503, on open connections too.
/// - `/startupz` is 503 until all services have started, and 200 from then on.
///
/// `/readyz` is also 503 while something [holds](GroupHandle::hold) the group.
///
/// The text of a 503 lists the services that are not ready and the reasons of such holds, one a line.
pub fn routes<S: Clone + Send + Sync + 'static>(group: &GroupHandle) -> Router<S> {
    let (ready, started) = (group.clone(), group.clone());
    Router::new()
        .route("/livez", get(async || answer(None)))
        .route("/readyz", get(async move || answer((!ready.is_ready()).then_some(&ready))))
        .route("/startupz", get(async move || answer((!started.phase().has_started()).then_some(&started))))
}

fn answer(unready: Option<&GroupHandle>) -> impl IntoResponse + use<> {
    let (status, text) = match unready {
        None => (StatusCode::OK, "ok\n".to_owned()),
        Some(group) => (StatusCode::SERVICE_UNAVAILABLE, lines(group)),
    };
    (status, [(CACHE_CONTROL, "no-store")], text)
}

/// The services that are not ready and the reasons that hold the group, one a line.
fn lines(group: &GroupHandle) -> String {
    let services = super::services(group).into_iter();
    let unready = services.filter(|(_, is_ready)| !is_ready).map(|(name, _)| name.to_owned());
    let reasons = group.status().not_ready_reasons();
    let unready: Vec<_> = unready.chain(reasons.iter().map(|reason| OneLine(reason).to_string())).collect();
    if unready.is_empty() { "not ready\n".to_owned() } else { unready.join("\n") + "\n" }
}
