//! Stops under a load that does not pause: no request is lost.
//!
//! Clients keep their connections, and ask for as long as they find a server. Each request that is sent has an answer,
//! or can be sent again without harm: its connection was refused, or closed with notice before it. All others are lost.
//! `cargo test -p service-group --all-features --lib -- --ignored --nocapture many_lose_nothing` counts 200 stops each.

mod clients;
mod of_several;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use clients::{Counter, asks_http1, asks_http2};
use tokio::sync::Semaphore;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

use super::kit::{Stop, eventually, soon};
use super::rpc::Calls;
use crate::{GrpcServer, HttpServer};
use service_group::Service;

/// In the whole suite. The command below makes more.
const STOPS: usize = 60;

const MANY_STOPS: usize = 200;

const CLIENTS: usize = 4;

/// Answers that each client has before the stop begins.
const WARM: usize = 5;

/// Servers at a time: nearly all of a stop over HTTP/2 is waiting.
const AT_A_TIME: usize = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lose_nothing_over_http1() {
    over_http1(STOPS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lose_nothing_over_http2() {
    over_http2(STOPS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lose_nothing_over_grpc() {
    over_grpc(STOPS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lose_nothing_over_grpc_of_ones_own() {
    over_grpc_of_ones_own(STOPS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes ten seconds"]
async fn many_lose_nothing() {
    over_http1(MANY_STOPS).await;
    over_http2(MANY_STOPS).await;
    over_grpc(MANY_STOPS).await;
    over_grpc_of_ones_own(MANY_STOPS).await;
}

async fn over_http1(times: usize) {
    stops("HTTP/1", times, http, |addr, counter| tokio::spawn(asks_http1(addr, counter))).await;
}

async fn over_http2(times: usize) {
    stops("HTTP/2", times, http, |addr, counter| tokio::spawn(asks_http2(addr, counter, "/"))).await;
}

async fn over_grpc(times: usize) {
    stops("gRPC", times, grpc, calls).await;
}

async fn over_grpc_of_ones_own(times: usize) {
    stops("gRPC, `serve`", times, grpc_of_ones_own, calls).await;
}

fn calls(addr: SocketAddr, counter: Counter) -> tokio::task::JoinHandle<()> {
    tokio::spawn(asks_http2(addr, counter, "/test.Calls/Peer"))
}

/// A free port, of an address that no other process and no other test listens on: clients that come when the server has
/// gone would otherwise reach another process that has got its port since.
fn free() -> SocketAddr {
    let [_, _, high, low] = std::process::id().to_be_bytes();
    let ip = if cfg!(target_os = "linux") { [127, 1, high, low.max(1)] } else { [127, 0, 0, 1] };
    SocketAddr::from((ip, 0))
}

/// Some answers take a while, so that a stop finds requests in all places.
async fn slow() -> &'static str {
    tokio::time::sleep(Duration::from_millis(1)).await;
    "hello"
}

async fn http() -> (HttpServer, SocketAddr) {
    let router = Router::new().route("/", get(async || "hello").post(slow));
    let server = HttpServer::bind(free(), router).await.unwrap();
    let addr = server.local_addr().tcp().unwrap();
    (server, addr)
}

async fn grpc() -> (GrpcServer, SocketAddr) {
    let server = GrpcServer::bind(free(), Routes::new(Calls::new())).await.unwrap();
    let addr = server.local_addr().tcp().unwrap();
    (server, addr)
}

async fn grpc_of_ones_own() -> (GrpcServer, SocketAddr) {
    let incoming = TcpIncoming::bind(free()).unwrap().with_nodelay(Some(true));
    let addr = incoming.local_addr().unwrap();
    (GrpcServer::from_incoming(incoming, Server::builder(), Routes::new(Calls::new())), addr)
}

async fn stops<S: Service>(
    name: &str,
    times: usize,
    open: impl AsyncFn() -> (S, SocketAddr),
    client: fn(SocketAddr, Counter) -> tokio::task::JoinHandle<()>,
) {
    let (total, places) = (Counter::default(), Arc::new(Semaphore::new(AT_A_TIME)));
    let mut ends = Vec::new();
    for _ in 0..times {
        let place = Arc::clone(&places).acquire_owned().await.unwrap();
        let ((server, addr), counter) = (open().await, Counter::default());
        let clients: Vec<_> = (0..CLIENTS).map(|_| client(addr, Arc::clone(&counter))).collect();
        let total = Arc::clone(&total);
        ends.push(tokio::spawn(async move {
            eventually("some load", || counter.lock().unwrap().answered > CLIENTS * WARM).await;
            let drained = Stop::of(server).over().await;
            for client in clients {
                soon("the client", client).await.unwrap();
            }
            if drained.cut + drained.still_running > 0 {
                counter.lock().unwrap().lost.push(format!("{drained:?}"));
            }
            total.lock().unwrap().add(&counter.lock().unwrap());
            drop(place);
        }));
    }
    for end in ends {
        end.await.unwrap();
    }
    let total = total.lock().unwrap();
    println!("{name}, {times} stops: {total}");
    assert_eq!(total.lost, Vec::<String>::new(), "{total}");
    assert_eq!(total.sent, total.answered + total.refused, "{total}");
}
