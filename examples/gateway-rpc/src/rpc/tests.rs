//! Tests of the gRPC service with a client on a real connection.

use std::time::Instant;

use service_group::{Service as _, StopContext};

use tonic::Code;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Server};

use super::*;
use crate::proto::orders_client::OrdersClient;

/// Serves the routes until the runtime of the test ends, and returns a channel to the server.
pub(crate) async fn serve(routes: Routes) -> Channel {
    let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = incoming.local_addr().unwrap();
    tokio::spawn(Server::builder().add_routes(routes).serve_with_incoming(incoming));
    Endpoint::try_from(format!("http://{address}")).unwrap().connect().await.unwrap()
}

struct Fixture {
    orders: OrdersClient<Channel>,
    store: Store,
    _folder: tempfile::TempDir,
}

async fn fixture(work: Duration) -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), false).await.unwrap();
    let routes = routes(&store, &limits().await, &Telemetry::new(folder.path()), work).unwrap();
    Fixture { orders: OrdersClient::new(serve(routes).await), store, _folder: folder }
}

async fn limits() -> Limits {
    Limits::open(None).await.unwrap()
}

fn order(item: &str, quantity: u32) -> CreateOrderRequest {
    CreateOrderRequest { item: item.into(), quantity }
}

#[tokio::test]
async fn an_order_is_created_found_and_listed() {
    let Fixture { mut orders, store, .. } = fixture(Duration::ZERO).await;
    let tea = orders.create_order(order("tea", 2)).await.unwrap().into_inner();
    assert_eq!((tea.id, tea.item.as_str(), tea.quantity), (1, "tea", 2));
    assert_eq!(store.get(1).await.unwrap().as_ref(), Some(&tea));
    assert_eq!(orders.get_order(GetOrderRequest { id: 1 }).await.unwrap().into_inner(), tea);
    let listed = orders.list_orders(ListOrdersRequest::default()).await.unwrap().into_inner();
    assert_eq!(listed.orders, [tea]);
}

#[tokio::test]
async fn each_error_has_its_status_code() {
    let Fixture { mut orders, store, .. } = fixture(Duration::ZERO).await;
    for wrong in [order("tea", 0), order(" ", 1), order(&"x".repeat(257), 1)] {
        assert_eq!(orders.create_order(wrong).await.unwrap_err().code(), Code::InvalidArgument);
    }
    let missing = orders.get_order(GetOrderRequest { id: 7 }).await.unwrap_err();
    assert_eq!((missing.code(), missing.message()), (Code::NotFound, "there is no order 7"));
    store.close().await.unwrap();
    assert_eq!(orders.create_order(order("tea", 1)).await.unwrap_err().code(), Code::Unavailable);
}

#[tokio::test]
async fn the_simulated_work_delays_the_response() {
    let work = Duration::from_millis(50);
    let Fixture { mut orders, .. } = fixture(work).await;
    let asked = Instant::now();
    orders.create_order(order("tea", 1)).await.unwrap();
    orders.get_order(GetOrderRequest { id: 1 }).await.unwrap();
    assert!(asked.elapsed() >= 2 * work);
}

#[tokio::test]
async fn an_open_watch_receives_the_next_order() {
    let Fixture { mut orders, .. } = fixture(Duration::ZERO).await;
    let mut watched = orders.watch_orders(WatchOrdersRequest::default()).await.unwrap().into_inner();
    let tea = orders.create_order(order("tea", 2)).await.unwrap().into_inner();
    assert_eq!(watched.message().await.unwrap(), Some(tea));
}

#[tokio::test]
async fn a_watch_ends_when_its_server_drains() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), false).await.unwrap();
    let routes = routes(&store, &limits().await, &Telemetry::new(folder.path()), Duration::ZERO).unwrap();
    let server = GrpcServer::bind("127.0.0.1:0", routes).await.unwrap();
    let mut orders = OrdersClient::new(server.channel().unwrap());
    let mut watched = orders.watch_orders(WatchOrdersRequest::default()).await.unwrap().into_inner();

    let stopping = StopContext::within(Duration::from_secs(5));
    server.stop(stopping.clone()).await.unwrap();
    assert!(!stopping.is_forced());
    assert_eq!(watched.message().await.unwrap(), None);
}
