//! The gRPC server with the service `orders.v1.Orders`, which reads and writes the store.

mod watch;

use std::pin::Pin;
use std::time::Duration;

use futures_util::Stream;
use service_group::{BoxError, GroupHandle, InheritedSocket};
use service_group_servers::{Draining, GrpcServer, health};
use tonic::service::Routes;
use tonic::{Request, Response, Status};

use crate::app::App;
use crate::limits::Limits;
use crate::options::Options;
use crate::proto::orders_server::{Orders, OrdersServer, SERVICE_NAME};
use crate::proto::{
    CreateOrderRequest, DESCRIPTORS, GetOrderRequest, ListOrdersRequest, ListOrdersResponse, Order,
    WatchOrdersRequest,
};
use crate::store::{Store, StoreError};
use crate::telemetry::Telemetry;

const PAGE: u32 = 1000;
const LONGEST_ITEM: usize = 256;

/// Binds the server with the service, server reflection and gRPC health.
pub(crate) async fn start(
    options: &Options,
    store: &Store,
    limits: &Limits,
    telemetry: &Telemetry,
    group: &GroupHandle,
) -> Result<GrpcServer, BoxError> {
    let work = Duration::from_millis(options.work_ms);
    let health = health::grpc(group).name(App::KEYS.rpc, SERVICE_NAME);
    let routes = routes(store, limits, telemetry, work)?.add_service(health);
    let server = GrpcServer::bind(InheritedSocket::named("rpc").or(options.rpc), routes).await?;
    tracing::info!("rpc listening on {}", server.local_addr());
    Ok(server)
}

/// The routes of the service and of server reflection.
pub(crate) fn routes(
    store: &Store,
    limits: &Limits,
    telemetry: &Telemetry,
    work: Duration,
) -> Result<Routes, BoxError> {
    let (store, limits, telemetry) = (store.clone(), limits.clone(), telemetry.clone());
    let orders = Service { store, limits, telemetry, work };
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(DESCRIPTORS)
        .build_v1()?;
    Ok(Routes::new(OrdersServer::new(orders)).add_service(reflection))
}

struct Service {
    store: Store,
    limits: Limits,
    telemetry: Telemetry,
    /// The delay that simulates work in `CreateOrder` and `GetOrder`.
    work: Duration,
}

impl From<StoreError> for Status {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Closed => Self::unavailable("the store is closed"),
            error => {
                tracing::error!(error = &error as &dyn std::error::Error, "the store failed");
                Self::internal("the store failed")
            }
        }
    }
}

#[tonic::async_trait]
impl Orders for Service {
    type WatchOrdersStream = Pin<Box<dyn Stream<Item = Result<Order, Status>> + Send>>;

    async fn create_order(&self, request: Request<CreateOrderRequest>) -> Result<Response<Order>, Status> {
        let CreateOrderRequest { item, quantity } = request.into_inner();
        check(&item, quantity, self.limits.largest_quantity())?;
        tokio::time::sleep(self.work).await;
        let order = self.store.create(item, quantity).await?;
        self.telemetry.order_created();
        Ok(Response::new(order))
    }

    async fn get_order(&self, request: Request<GetOrderRequest>) -> Result<Response<Order>, Status> {
        tokio::time::sleep(self.work).await;
        let id = request.into_inner().id;
        let order = self.store.get(id).await?;
        order.map(Response::new).ok_or_else(|| Status::not_found(format!("there is no order {id}")))
    }

    async fn list_orders(
        &self,
        request: Request<ListOrdersRequest>,
    ) -> Result<Response<ListOrdersResponse>, Status> {
        let ListOrdersRequest { after_id, limit } = request.into_inner();
        let limit = if limit == 0 { PAGE } else { limit.min(PAGE) };
        let orders = self.store.list(after_id, limit as usize).await?;
        Ok(Response::new(ListOrdersResponse { orders }))
    }

    async fn watch_orders(
        &self,
        request: Request<WatchOrdersRequest>,
    ) -> Result<Response<Self::WatchOrdersStream>, Status> {
        let draining = request.extensions().get::<Draining>().cloned().unwrap_or_default();
        let orders = watch::orders(self.store.clone(), request.into_inner().after_id);
        Ok(Response::new(Box::pin(draining.until(orders))))
    }
}

fn check(item: &str, quantity: u32, largest: u32) -> Result<(), Status> {
    if item.trim().is_empty() {
        return Err(Status::invalid_argument("`item` is empty; it must name the ordered item"));
    }
    if item.len() > LONGEST_ITEM {
        let found = item.len();
        return Err(Status::invalid_argument(format!(
            "`item` has {found} bytes; the maximum is {LONGEST_ITEM}"
        )));
    }
    if quantity == 0 {
        return Err(Status::invalid_argument("`quantity` is 0; it must be at least 1"));
    }
    if quantity > largest {
        return Err(Status::invalid_argument(format!("`quantity` is {quantity}; the maximum is {largest}")));
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests;
