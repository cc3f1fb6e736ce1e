//! Connections that carry no request, whatever their peers send: they end at the linger, and count as nothing.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::post;
use service_group::report::Drained;
use tokio::io::AsyncWriteExt;
use tonic::service::Routes;

use super::http2::PREFACE_AND_SETTINGS;
use super::kit::{Latch, Raw, Stop, eventually, soon};
use super::rpc::{Calls, both};
use crate::HttpServer;

const PING: &[u8] = b"\0\0\x08\x06\0\0\0\0\0a ping..";

/// It acknowledges nothing, neither the settings nor the ping of the goodbye.
#[tokio::test]
async fn a_peer_that_pings_and_answers_no_ping() {
    for (server, addr) in both(|| Routes::new(Calls::new())).await {
        let mut client = Raw::connect(addr).await;
        client.write(PREFACE_AND_SETTINGS).await;
        eventually("the connection", || server.task.connections().count() == 1).await;
        let pings = tokio::spawn(async move {
            while client.0.write_all(PING).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        let stop = Stop::of(server);
        assert_eq!(stop.over().await, Drained::default(), "without a force");
        soon("the end of the connection", pings).await.unwrap();
    }
}

#[tokio::test]
async fn a_peer_that_only_reads() {
    for (server, addr) in both(|| Routes::new(Calls::new())).await {
        let mut client = Raw::connect(addr).await;
        client.write(PREFACE_AND_SETTINGS).await;
        eventually("the connection", || server.task.connections().count() == 1).await;
        let stop = Stop::of(server);
        assert_eq!(stop.over().await, Drained::default(), "without a force");
        client.read_to_end().await;
    }
}

/// A task keeps the body of a request that is answered.
#[tokio::test]
async fn a_body_that_is_kept_after_the_answer() {
    let (leave, keeps) = (Latch::new(), Latch::new());
    let handler = {
        let (leave, keeps) = (leave.clone(), keeps.clone());
        async move |body: Body| {
            tokio::spawn(async move {
                let _body = body;
                keeps.open();
                leave.opened().await;
            });
            "answered"
        }
    };
    let server = HttpServer::bind("127.0.0.1:0", Router::new().route("/", post(handler))).await.unwrap();
    let mut client = Raw::connect(server.local_addr().tcp().unwrap()).await;
    client.write("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 100000\r\n\r\na part").await;
    client.read_to("answered").await;
    soon("the task", keeps.opened()).await;
    eventually("no request", || server.task.connections().requests() == 0).await;
    let start = std::time::Instant::now();
    let stop = Stop::of(server);
    assert_eq!(stop.over().await, Drained::default(), "without a force");
    assert!(start.elapsed() < Duration::from_millis(800), "{:?}", start.elapsed());
    leave.open();
}
