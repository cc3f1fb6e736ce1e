//! Tests of the gateway's HTTP responses, with a real gRPC server.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::http::header::{ALLOW, CONTENT_TYPE};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use service_group::{Service, StopContext};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::service::Routes;
use tower::ServiceExt;

use super::*;
use crate::limits::Limits;
use crate::store::Store;
use crate::upstream::UpstreamError;

struct Fixture {
    router: Router,
    store: Store,
    _folder: TempDir,
}

async fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), false).await.unwrap();
    let telemetry = Telemetry::new(folder.path());
    let limits = Limits::open(None).await.unwrap();
    let routes = crate::rpc::routes(&store, &limits, &telemetry, Duration::ZERO).unwrap();
    let upstream = Upstream::connect(crate::rpc::tests::serve(routes).await).await.unwrap();
    let health = Router::new().route("/livez", get(async || "ok"));
    Fixture { router: router(upstream, telemetry, health), store, _folder: folder }
}

impl Fixture {
    async fn send(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        read(self.send(Request::get(path).body(Body::empty()).unwrap()).await).await
    }

    async fn post(&self, body: impl Into<Body>) -> Response {
        let request = Request::post("/orders").header(CONTENT_TYPE, "application/json");
        self.send(request.body(body.into()).unwrap()).await
    }
}

async fn read(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_else(|_| panic!("{status}: no JSON in {body:?}")))
}

#[tokio::test]
async fn an_order_is_created_found_and_listed() {
    let fixture = fixture().await;
    let created = fixture.post(r#"{"item": "tea", "quantity": 2}"#).await;
    assert_eq!(created.headers()[LOCATION], "/orders/1");
    let (status, tea) = read(created).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!((&tea["id"], &tea["item"], &tea["quantity"]), (&json!(1), &json!("tea"), &json!(2)));
    assert!(tea["created_at"].as_str().unwrap().ends_with('Z'), "{tea}");
    assert_eq!(fixture.get("/orders/1").await, (StatusCode::OK, tea.clone()));
    assert_eq!(fixture.get("/orders").await, (StatusCode::OK, json!([tea])));
}

#[tokio::test]
async fn all_orders_or_a_page_of_them_are_listed() {
    let fixture = fixture().await;
    let seed: Vec<_> = (0..1200).map(|_| fixture.store.create("tea".into(), 1)).collect();
    futures_util::future::join_all(seed).await;
    let ids = async |path| {
        let (_, orders) = fixture.get(path).await;
        orders.as_array().unwrap().iter().map(|order| order["id"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(ids("/orders").await, (1..=1200).collect::<Vec<_>>());
    assert_eq!(ids("/orders?after=5&limit=3").await, [6, 7, 8]);
    assert!(ids("/orders?limit=0").await.is_empty());
}

#[tokio::test]
async fn each_kind_of_invalid_body_has_its_status() {
    let fixture = fixture().await;
    let too_large = format!(r#"{{"item": "{}", "quantity": 1}}"#, "x".repeat(LARGEST_BODY));
    for (body, status) in [
        ("{", 400),
        ("", 400),
        (r#"{"item": "tea", "quantity": 2} tail"#, 400),
        (r#"{"item": "tea"}"#, 422),
        (r#"{"item": "tea", "quantity": "2"}"#, 422),
        (r#"{"item": "tea", "quantity": -1}"#, 422),
        (r#"{"item": "tea", "quantity": 2, "price": 3}"#, 422),
        (r#"{"item": "tea", "quantity": 0}"#, 422),
        (r#"{"item": "", "quantity": 1}"#, 422),
        (&too_large, 413),
    ] {
        let (found, answer) = read(fixture.post(body.to_owned()).await).await;
        assert_eq!(found, status, "{body}: {answer}");
        assert!(answer["error"].is_string(), "{answer}");
    }
    assert_eq!(fixture.get("/orders").await.1, json!([]));
}

#[tokio::test]
async fn every_error_response_is_json() {
    let fixture = fixture().await;
    let text = Request::post("/orders").header(CONTENT_TYPE, "text/plain").body("{}".into()).unwrap();
    let (status, answer) = read(fixture.send(text).await).await;
    assert_eq!((status, answer["error"].is_string()), (StatusCode::UNSUPPORTED_MEDIA_TYPE, true));

    for (path, status) in
        [("/orders/7", 404), ("/orders/tea", 404), ("/nothing", 404), ("/orders?page=2", 400)]
    {
        let (found, answer) = fixture.get(path).await;
        assert_eq!((found.as_u16(), answer["error"].is_string()), (status, true), "{path}: {answer}");
    }

    for path in ["/orders", "/orders/1", "/livez"] {
        let delete = Request::delete(path).body(Body::empty()).unwrap();
        let response = fixture.send(delete).await;
        assert!(response.headers().contains_key(ALLOW), "{path}");
        let (status, answer) = read(response).await;
        assert_eq!((status, answer["error"].is_string()), (StatusCode::METHOD_NOT_ALLOWED, true));
    }
}

#[tokio::test]
async fn a_closed_store_makes_the_service_unavailable() {
    let fixture = fixture().await;
    fixture.store.clone().close().await.unwrap();
    let expected = json!({"error": "the orders service is unavailable"});
    assert_eq!(fixture.get("/orders/1").await, (StatusCode::SERVICE_UNAVAILABLE, expected));
}

#[tokio::test]
async fn events_have_new_orders_and_after_a_reconnect_the_missed_ones() {
    let fixture = fixture().await;
    let events = Request::get("/orders/events").body(Body::empty()).unwrap();
    let mut live = fixture.send(events).await.into_body();
    fixture.post(r#"{"item": "tea", "quantity": 2}"#).await;
    fixture.post(r#"{"item": "milk", "quantity": 1}"#).await;
    let first = live.frame().await.unwrap().unwrap().into_data().unwrap();
    let first = String::from_utf8(first.to_vec()).unwrap();
    assert!(first.starts_with("event: order\nid: 1\ndata: {\"id\":1,\"item\":\"tea\""), "{first}");

    let resumed = Request::get("/orders/events").header("last-event-id", "1").body(Body::empty()).unwrap();
    let missed = fixture.send(resumed).await.into_body().frame().await.unwrap().unwrap();
    assert!(missed.into_data().unwrap().starts_with(b"event: order\nid: 2\n"));
}

#[tokio::test]
async fn a_server_without_the_service_fails_the_start() {
    let bare = crate::rpc::tests::serve(Routes::default()).await;
    let error = Upstream::connect(bare).await.err().unwrap();
    assert!(matches!(error, UpstreamError::Silent(_)), "{error}");

    let reflection = tonic_reflection::server::Builder::configure().build_v1().unwrap();
    let other = crate::rpc::tests::serve(Routes::new(reflection)).await;
    let error = Upstream::connect(other).await.err().unwrap().to_string();
    assert!(error.starts_with("the rpc server has no service `orders.v1.Orders`"), "{error}");
}

#[tokio::test]
async fn events_end_when_the_gateway_drains() {
    let fixture = fixture().await;
    let server = HttpServer::bind("127.0.0.1:0", fixture.router.clone()).await.unwrap();
    let mut client = TcpStream::connect(server.local_addr().tcp().unwrap()).await.unwrap();
    client.write_all(b"GET /orders/events HTTP/1.1\r\nhost: orders\r\n\r\n").await.unwrap();
    let mut answer = vec![0; 1024];
    let head = client.read(&mut answer).await.unwrap();
    assert!(answer[..head].starts_with(b"HTTP/1.1 200"));

    server.stop(StopContext::within(Duration::from_secs(5))).await.unwrap();
    answer.clear();
    client.read_to_end(&mut answer).await.unwrap();
    assert!(answer.ends_with(b"0\r\n\r\n"), "the last chunk is missing: the stream was cut");
}
