//! `GET /orders/events`: streams every new order as a server-sent event.
//!
//! The stream ends when the gateway drains. A browser then reconnects with the last id in `Last-Event-ID`, and
//! receives the orders that it missed.

use std::convert::Infallible;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, StreamExt, future};
use service_group_servers::Draining;
use tonic::Status;

use super::error::ApiError;
use super::json::Order;
use crate::proto::{self, WatchOrdersRequest};
use crate::upstream::Upstream;

pub(super) async fn stream(
    State(upstream): State<Upstream>,
    draining: Draining,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let after_id = last.and_then(|id| id.parse().ok());
    let orders = upstream.orders().watch_orders(WatchOrdersRequest { after_id }).await?.into_inner();
    // A gRPC stream ends after an error, so the error is only logged.
    let events =
        orders.filter_map(|order| future::ready(order.and_then(event).inspect_err(log).ok())).map(Ok);
    Ok(Sse::new(draining.until(events)).keep_alive(KeepAlive::default()))
}

fn event(order: proto::Order) -> Result<Event, Status> {
    let order = Order::from(order);
    let event = Event::default().event("order").id(order.id.to_string());
    event.json_data(order).map_err(|error| Status::internal(error.to_string()))
}

fn log(error: &Status) {
    tracing::warn!(code = ?error.code(), message = error.message(), "the watch of orders ended");
}
