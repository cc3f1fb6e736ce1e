//! `/statusz`: the plan and the state of a group, as JSON for programs, as a page for people, and as the events of that page.
//!
//! It shows the status and the plan, and decides nothing. Text from outside, for example the paths of requests, reaches
//! the page only through the escapes of `html`. Without a client that watches, nothing runs.

mod events;
mod html;
mod page;
#[cfg(test)]
mod tests;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, VARY};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use serde::ser::{Serialize, SerializeStruct, Serializer};
use service_group::report::StartReport;
use service_group::{GroupHandle, GroupStatus, Plan};

use self::view::Board;
use crate::draining::Draining;

/// A form in which `/statusz` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Page,
    Events,
}

/// Returns `/statusz`, for a router with any state: what the group consists of, and the state of each service.
///
/// Each answer runs the [checks](GroupHandle::check) of the group first, and an open page every second.
///
/// It exposes internals, such as errors: serve it on a listener of its own that only operators reach, such as an admin port on the
/// loopback. The [health routes](crate::health::routes) are separate.
///
/// The form is the first in the `Accept` header that is known, and JSON without one:
///
/// - `application/json`: an object with the `status` ([`GroupStatus`]), the `start_report` ([`StartReport`]) and the `plan`
///   ([`Plan`]) of the group.
/// - `text/html`: the same as a page for browsers, which follows the group. It loads nothing from elsewhere, and without
///   scripts it stays as it was loaded.
/// - `text/event-stream`: the events that the page follows, four a second at most. The stream ends with the drain of its
///   server, and does not delay a stop.
///
/// An [`HttpServer`](crate::HttpServer) that is `first` in the group itself shows the start of all other services and,
/// since it is stopped last, their stop.
pub fn routes<S: Clone + Send + Sync + 'static>(group: &GroupHandle) -> Router<S> {
    Router::new().route("/statusz", get(answer)).with_state(Arc::new(Board::new(group.clone())))
}

async fn answer(State(board): State<Arc<Board>>, draining: Draining, headers: HeaderMap) -> Response {
    let form = Form::accepted(&headers);
    if form != Form::Events {
        drop(board.group.check().await);
    }
    let answer = match form {
        Form::Json => json(&board.group),
        Form::Page => page::page(&board),
        Form::Events => events::events(board, draining),
    };
    ([(CACHE_CONTROL, "no-store"), (VARY, "accept")], answer).into_response()
}

impl Form {
    fn accepted(headers: &HeaderMap) -> Self {
        let known = |of: &str| match of.split(';').next()?.trim() {
            "application/json" | "application/*" | "*/*" => Some(Self::Json),
            "text/html" | "text/*" => Some(Self::Page),
            "text/event-stream" => Some(Self::Events),
            _ => None,
        };
        let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
        accepted.flat_map(|value| value.split(',')).find_map(known).unwrap_or(Self::Json)
    }
}

fn json(group: &GroupHandle) -> Response {
    match serde_json::to_string_pretty(&Statusz {
        status: group.status(),
        start_report: group.start_report(),
        plan: group.plan(),
    }) {
        Ok(json) => ([(CONTENT_TYPE, "application/json")], json + "\n").into_response(),
        // Only a map whose keys are not strings cannot be written.
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// What `/statusz` contains as JSON.
struct Statusz<'a> {
    status: GroupStatus,
    start_report: StartReport,
    plan: &'a Plan,
}

impl Serialize for Statusz<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Statusz", 3)?;
        object.serialize_field("status", &self.status)?;
        object.serialize_field("start_report", &self.start_report)?;
        object.serialize_field("plan", self.plan)?;
        object.end()
    }
}
