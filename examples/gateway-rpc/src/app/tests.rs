//! Tests of the whole group in the process of the test. `App::start` installs no signal handlers.

mod deploy;
mod faults;

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

    let store = Store::open(folder.path(), false).await.unwrap();
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
    Store::open(folder.path(), false).await.unwrap();
}

/// Asks a server for a path, and returns the whole response.
async fn get(server: SocketAddr, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: orders\r\nconnection: close\r\n\r\n");
    let mut client = TcpStream::connect(server).await.unwrap();
    client.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    answer
}

/// The store is a value of the test: the file of the application is never opened.
#[tokio::test]
async fn the_group_runs_on_a_store_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::in_memory();
    let runner = App::runner(options(&folder, "127.0.0.1:0"));
    let runner = runner.replace(App::KEYS.store, store.clone()).replace(App::KEYS.migrations, ());
    let app = runner.start().await.unwrap();
    let answer = order_tea(app.gateway.local_addr().tcp().unwrap()).await;
    assert!(answer.starts_with("HTTP/1.1 201 Created"), "{answer}");
    assert_eq!(store.get(1).await.unwrap().unwrap().item, "tea");
    let report = app.stop().await;
    assert!(report.is_clean(), "{report}");
    assert!(!folder.path().join("orders.redb").exists());
}

#[tokio::test]
async fn a_failing_check_is_shown_with_the_services_that_use_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::start(Options { fail_check: true, ..options(&folder, "127.0.0.1:0") }).await.unwrap();
    let users = "failing check: `store` (used by `totals`, `rpc`, `upstream`, `gateway`)";
    let public = get(app.gateway.local_addr().tcp().unwrap(), "/readyz").await;
    assert!(public.starts_with("HTTP/1.1 503 ") && public.ends_with(&format!("{users}\n")), "{public}");
    let admin = app.admin.local_addr().tcp().unwrap();
    let private = get(admin, "/readyz").await;
    assert!(private.ends_with(&format!("{users}: made to fail by --fail-check\n")), "{private}");
    let statusz = get(admin, "/statusz").await;
    assert!(statusz.contains(r#""check_failure": "made to fail by --fail-check""#), "{statusz}");
    let answer = order_tea(app.gateway.local_addr().tcp().unwrap()).await;
    assert!(answer.starts_with("HTTP/1.1 201 Created"), "a check stops nothing: {answer}");
    assert!(app.stop().await.is_clean());
}

#[tokio::test]
async fn a_reload_reads_the_limits_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("limits.json");
    std::fs::write(&file, r#"{"largest_quantity": 1}"#).unwrap();
    let options = Options { limits: Some(file.clone()), ..options(&folder, "127.0.0.1:0") };
    let app = App::start(options).await.unwrap();
    let gateway = app.gateway.local_addr().tcp().unwrap();
    let answer = order_tea(gateway).await;
    assert!(answer.starts_with("HTTP/1.1 422 ") && answer.contains("the maximum is 1"), "{answer}");
    std::fs::write(&file, r#"{"largest_quantity": 2}"#).unwrap();
    let report = app.handle().reload().await;
    assert_eq!(report.to_string(), "reloaded `limits`");
    let answer = order_tea(gateway).await;
    assert!(answer.starts_with("HTTP/1.1 201 Created"), "{answer}");
    assert!(app.stop().await.is_clean());
}

/// The role runs beside a group that uses the store, and starts nothing else.
#[tokio::test]
async fn the_migrations_run_beside_a_running_group() {
    let folder = tempfile::tempdir().unwrap();
    let migrate = || {
        let runner = App::runner(options(&folder, "127.0.0.1:0")).signals(false);
        runner.only([App::KEYS.migrations.id()]).run()
    };
    assert!(migrate().await.is_success());
    let app = App::start(options(&folder, "127.0.0.1:0")).await.unwrap();
    let outcome = migrate().await;
    assert!(outcome.is_success(), "{outcome:?}");
    let left_out = outcome.stop_report().unwrap().services.iter();
    assert_eq!(left_out.filter(|service| service.outcome.to_string() == "left out").count(), 8);
    assert!(app.stop().await.is_clean());
}
