//! The HTTP server, seen by clients that behave.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;

use super::kit::{Latch, Raw, Stop, answers, eventually, soon};
use crate::membership::Live;
use crate::service::{Ended, Service};
use crate::{Drained, Draining, HttpServer};

/// Answers `/` at once, `/slow` when the second latch opens, having opened the first, `/stuck` never.
fn router(entered: &Latch, leave: &Latch) -> Router {
    let (slow, stuck, leave) = (entered.clone(), entered.clone(), leave.clone());
    Router::new()
        .route("/", get(|| async { "hello" }))
        .route(
            "/slow",
            get(|| async move {
                slow.open();
                leave.opened().await;
                "finally"
            }),
        )
        .route(
            "/stuck",
            get(|| async move {
                stuck.open();
                std::future::pending::<()>().await;
            }),
        )
}

async fn server() -> (HttpServer, Latch, Latch) {
    let (entered, leave) = (Latch::new(), Latch::new());
    let server = HttpServer::bind("127.0.0.1:0", router(&entered, &leave)).await.unwrap();
    (server, entered, leave)
}

#[tokio::test]
async fn an_idle_server_stops_without_a_linger() {
    let (server, ..) = server().await;
    let addr = server.local_addr();
    let begun = Instant::now();
    assert_eq!(Stop::of(server).over().await, Drained::default());
    assert!(begun.elapsed() < Duration::from_millis(90), "no wait when nothing is connected");
    assert!(!answers(addr).await);
}

#[tokio::test]
async fn a_request_in_flight_is_answered() {
    let (server, entered, leave) = server().await;
    let mut client = Raw::connect(server.local_addr()).await;
    client.get("/slow").await;
    soon("the handler", entered.opened()).await;
    let stop = Stop::of(server);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!stop.is_over(), "it waits for the request");
    leave.open();
    let answer = client.read_to("finally").await;
    assert!(answer.contains("connection: close"), "{answer}");
    assert_eq!(stop.over().await, Drained { finished: 1, ..Drained::default() });
}

#[tokio::test]
async fn a_stuck_request_is_cut_when_forced() {
    let (server, entered, _) = server().await;
    let mut client = Raw::connect(server.local_addr()).await;
    client.get("/stuck?token=secret").await;
    soon("the handler", entered.opened()).await;
    let drained = Stop::of(server).forced().await;
    assert_eq!((drained.finished, drained.cut, drained.left), (0, 1, 0));
    assert_eq!(drained.cuts[0].what, "GET /stuck");
    assert_eq!(client.read_to_end().await, b"");
}
