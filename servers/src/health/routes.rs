//! `/livez`, `/readyz` and `/startupz`.

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use service_group::GroupHandle;
use service_group::report::CheckFailure;
use service_group::status::ServiceState;
use service_group::text::OneLine;

/// Returns `/livez`, `/readyz` and `/startupz`, for a router with any state.
///
/// - `/livez` is 200 for as long as it answers. It runs no checks.
/// - `/readyz` is 200 from the moment that all services have started until a stop begins. From the start of the lame duck
///   it is 503, on open connections too. It runs the [checks](GroupHandle::check) of the group, and is 503 while one fails,
///   or while something [holds](GroupHandle::hold) the group.
/// - `/startupz` is 503 until all services have started, and 200 from then on.
///
/// The text of a 503 lists what is not ready, one a line: services that do not run, those that fail their checks with the
/// services that use them, and the reasons of holds. Errors are left out, since probes often share a public port. The text
/// of a 200 of `/readyz` lists services that may fail and have failed, as degraded.
pub fn routes<S: Clone + Send + Sync + 'static>(group: &GroupHandle) -> Router<S> {
    with_words(group, CheckFailure::without_error)
}

/// Returns the same routes as [`routes`], with the errors of checks: for a port that only operators reach.
pub fn routes_with_errors<S: Clone + Send + Sync + 'static>(group: &GroupHandle) -> Router<S> {
    with_words(group, CheckFailure::to_string)
}

/// How a failing check is shown.
type Words = fn(&CheckFailure) -> String;

fn with_words<S: Clone + Send + Sync + 'static>(group: &GroupHandle, words: Words) -> Router<S> {
    let (ready, started) = (group.clone(), group.clone());
    Router::new()
        .route("/livez", get(async || answer(StatusCode::OK, Vec::new())))
        .route("/readyz", get(async move || readiness(&ready, words).await))
        .route(
            "/startupz",
            get(async move || {
                if started.phase().has_started() {
                    answer(StatusCode::OK, Vec::new())
                } else {
                    answer(StatusCode::SERVICE_UNAVAILABLE, not_running(&started))
                }
            }),
        )
}

async fn readiness(group: &GroupHandle, words: Words) -> Response {
    let report = group.check().await;
    if group.is_ready() {
        let degraded = group.status().degraded().into_iter().map(|service| format!("degraded: {service}"));
        return answer(StatusCode::OK, degraded.collect());
    }
    let failing = report.failures.iter().filter(|failure| !failure.may_fail);
    let failing = failing.map(|failure| format!("failing check: {}", OneLine(&words(failure))));
    let reasons = group.status().not_ready_reasons();
    let reasons = reasons.iter().map(|reason| OneLine(reason).to_string());
    answer(
        StatusCode::SERVICE_UNAVAILABLE,
        not_running(group).into_iter().chain(failing).chain(reasons).collect(),
    )
}

/// The services that do not run.
fn not_running(group: &GroupHandle) -> Vec<String> {
    let status = group.status();
    let services = status.services.iter().filter(|service| {
        let is_degraded = service.may_fail && service.state == ServiceState::Failed;
        !matches!(service.state, ServiceState::Running | ServiceState::Done) && !is_degraded
    });
    services.map(|service| service.name.to_string()).collect()
}

fn answer(status: StatusCode, lines: Vec<String>) -> Response {
    let lines = match (status, lines.is_empty()) {
        (StatusCode::OK, _) => std::iter::once("ok".to_owned()).chain(lines).collect(),
        (_, true) => vec!["not ready".to_owned()],
        (_, false) => lines,
    };
    (status, [(CACHE_CONTROL, "no-store")], lines.join("\n") + "\n").into_response()
}
