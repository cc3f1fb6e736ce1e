//! `/statusz`: the plan and the state of a group, as JSON for programs, as a page for people, and as events for the page.
//!
//! It shows what the status and the plan know and decides nothing. Whatever comes from outside, the paths of requests
//! say, reaches the page only through [`html`]. Where nobody watches, nothing runs.

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

use crate::server::Draining;
use crate::state::GroupHandle;
use crate::state::GroupState;
use crate::view::json::Statusz;

use view::Board;

/// A form in which `/statusz` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Page,
    Events,
}

impl GroupHandle {
    /// `/statusz`, for a router with any state: what the group consists of, and where each service is.
    ///
    /// It tells much, so that it is for a listener of its own that only operators reach, such as an admin port on the
    /// loopback; the [health routes](crate::Health::routes) are apart from it.
    ///
    /// The form is the first in the `Accept` header that it knows, and JSON where there is none:
    ///
    /// - `application/json`: an object with the `status` ([`GroupStatus`](crate::GroupStatus)) and the `plan` ([`Plan`](crate::Plan)) of the group.
    /// - `text/html`: the same as a page for browsers, which follows what happens. It loads nothing from elsewhere, and
    ///   without a script it stays as it was loaded.
    /// - `text/event-stream`: the events that the page follows, four a second at most. The stream ends with the drain of
    ///   its server, and holds up no stop.
    ///
    /// An [`HttpServer`](crate::HttpServer) that is `first` in the group itself shows the start of all others and, since
    /// it is stopped last, their stop.
    pub fn status_routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        Router::new()
            .route("/statusz", get(answer))
            .with_state(Arc::new(Board::new(Arc::clone(self.shared()))))
    }
}

async fn answer(State(board): State<Arc<Board>>, draining: Draining, headers: HeaderMap) -> Response {
    let answer = match Form::accepted(&headers) {
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

fn json(group: &GroupState) -> Response {
    match serde_json::to_string_pretty(&Statusz { status: &group.status(), plan: &group.plan }) {
        Ok(json) => ([(CONTENT_TYPE, "application/json")], json + "\n").into_response(),
        // Only a map whose keys are no strings cannot be written.
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
