//! Tests of the whole group in the process of the test. `App::start` installs no signal handlers.

mod deploy;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use clap::Parser;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::proto::WatchOrdersRequest;
use crate::upstream::Upstream;

fn options(folder: &TempDir, http: &str) -> Options {
    let data = folder.path().to_str().unwrap();
    let (rpc, admin) = ("127.0.0.1:0", "127.0.0.1:0");
    Options::parse_from(["gateway-rpc", "--http", http, "--rpc", rpc, "--admin", admin, "--data", data])
}

/// Orders tea and returns the whole response.
async fn order_tea(gateway: SocketAddr) -> String {
    let order = r#"{"item": "tea", "quantity": 2}"#;
    let head = "POST /orders HTTP/1.1\r\nhost: orders\r\nconnection: close\r\ncontent-type: application/json";
    let request = format!("{head}\r\ncontent-length: {}\r\n\r\n{order}", order.len());
    let mut client = TcpStream::connect(gateway).await.unwrap();
    client.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn the_group_starts_takes_an_order_and_stops_cleanly() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::start(options(&folder, "127.0.0.1:0")).await.unwrap();
    let answer = order_tea(app.gateway.local_addr().tcp().unwrap()).await;
    assert!(answer.starts_with("HTTP/1.1 201 Created"), "{answer}");
    let report = app.stop().await;
    assert!(report.is_clean(), "{report}");

    let store = Store::open(folder.path()).await.unwrap();
    assert_eq!(store.get(1).await.unwrap().unwrap().item, "tea");
    assert_eq!(store.totals().await.unwrap().into_values().next().unwrap().items, 2);
    assert!(folder.path().join("telemetry.jsonl").exists());
}

#[tokio::test]
async fn held_streams_do_not_delay_the_stop_and_a_request_in_flight_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { work_ms: 300, ..options(&folder, "127.0.0.1:0") };
    let app = App::start(options).await.unwrap();
    let reflecting = Upstream::connect(app.rpc.channel().unwrap()).await.unwrap();
    let watching = reflecting.orders().watch_orders(WatchOrdersRequest::default()).await.unwrap();
    let order = tokio::spawn(order_tea(app.gateway.local_addr().tcp().unwrap()));
    while requests(&app.handle(), "gateway") == 0 {
        tokio::task::yield_now().await;
    }

    let asked = Instant::now();
    let report = app.stop().await;
    assert!(report.is_clean() && asked.elapsed() < Duration::from_secs(1), "{report}");
    let answer = order.await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 Created"), "{answer}");
    drop((reflecting, watching));
}

fn requests(group: &GroupHandle, service: &str) -> usize {
    let status = group.status();
    let service = status.services.iter().find(|status| status.name == service).unwrap();
    service.stats.as_ref().map_or(0, |numbers| numbers.requests)
}

#[tokio::test]
async fn a_port_in_use_fails_the_start_and_rolls_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let error = App::start(options(&folder, &address)).await.err().unwrap();
    let message = format!("{error:#}");
    let expected = format!("`gateway` did not start: cannot listen on {address}: ");
    assert!(message.starts_with(&expected) && !message.contains('\n'), "{message}");
    Store::open(folder.path()).await.unwrap();
}
