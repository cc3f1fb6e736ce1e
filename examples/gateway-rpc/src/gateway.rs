//! The HTTP gateway: a JSON API that calls the gRPC service.

mod error;
mod events;
mod json;

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderName, StatusCode, header::LOCATION};
use axum::middleware::map_response_with_state;
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use service_group::{BoxError, GroupHandle, InheritedSocket};
use service_group_servers::{HttpServer, health};

use self::error::ApiError;
use self::json::{NewOrder, Order, Page};
use crate::options::Options;
use crate::proto::{CreateOrderRequest, GetOrderRequest, ListOrdersRequest};
use crate::telemetry::Telemetry;
use crate::upstream::Upstream;

const LARGEST_BODY: usize = 16 * 1024;

/// Binds the gateway with its routes and the health routes.
pub(crate) async fn start(
    options: &Options,
    upstream: &Upstream,
    telemetry: &Telemetry,
    group: &GroupHandle,
) -> Result<HttpServer, BoxError> {
    let router = router(upstream.clone(), telemetry.clone(), health::routes(group));
    let server = HttpServer::bind(InheritedSocket::named("http").or(options.http), router).await?;
    tracing::info!("gateway listening on http://{}", server.local_addr());
    Ok(server)
}

/// The gateway's own routes and those of `health`. The body of every error response is JSON.
pub(crate) fn router(upstream: Upstream, telemetry: Telemetry, health: Router) -> Router {
    Router::new()
        .route("/orders", get(list).post(create))
        .route("/orders/events", get(events::stream))
        .route("/orders/{id}", get(one))
        .layer(map_response_with_state(telemetry, count))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(upstream)
        .merge(health)
        .fallback(async || ApiError::new(StatusCode::NOT_FOUND, "there is no such route"))
        .method_not_allowed_fallback(async || {
            ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "this route has no such method")
        })
}

async fn count(State(telemetry): State<Telemetry>, response: Response) -> Response {
    telemetry.request_answered();
    response
}

type Created = (StatusCode, [(HeaderName, String); 1], Json<Order>);

async fn create(
    State(upstream): State<Upstream>,
    body: Result<Json<NewOrder>, JsonRejection>,
) -> Result<Created, ApiError> {
    let Json(NewOrder { item, quantity }) = body?;
    let order = upstream.orders().create_order(CreateOrderRequest { item, quantity }).await?;
    let order = Order::from(order.into_inner());
    let location = format!("/orders/{}", order.id);
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(order)))
}

async fn one(State(upstream): State<Upstream>, Path(id): Path<String>) -> Result<Json<Order>, ApiError> {
    let Ok(id) = id.parse() else {
        return Err(ApiError::new(
            StatusCode::NOT_FOUND,
            format!("there is no order `{id}`: ids are numbers"),
        ));
    };
    let order = upstream.orders().get_order(GetOrderRequest { id }).await?;
    Ok(Json(order.into_inner().into()))
}

/// Returns all orders, or at most `limit`. It requests them page by page, because the size of a gRPC message is
/// bounded.
async fn list(
    State(upstream): State<Upstream>,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Json<Vec<Order>>, ApiError> {
    let Query(Page { mut after, limit }) = page?;
    let limit = limit.unwrap_or(usize::MAX);
    let mut orders: Vec<Order> = Vec::new();
    while orders.len() < limit {
        let wanted = u32::try_from(limit - orders.len()).unwrap_or_default();
        let request = ListOrdersRequest { after_id: after, limit: wanted };
        let page = upstream.orders().list_orders(request).await?.into_inner().orders;
        let Some(last) = page.last() else { break };
        after = last.id;
        orders.extend(page.into_iter().map(Order::from));
    }
    Ok(Json(orders))
}

#[cfg(test)]
mod tests;
