//! The drain over TLS, and what is cut.

use std::io::ErrorKind;
use std::net::SocketAddr;

use axum::Router;
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsConnector;

use super::super::kit::{Latch, Raw, Stop, eventually, finished, soon};
use super::super::rpc::{Calls, call};
use super::super::tls::{certified, connector};
use super::{REQUEST, channel, config, connect, grpc, http, read_to};
use crate::{HttpServer, tls};

#[tokio::test]
async fn calls_over_tls_are_answered_in_the_drain() {
    let (certified, calls) = (certified(), Calls::new());
    for server in grpc(&config(&certified), &calls).await {
        let channel = channel(server.local_addr().tcp().unwrap(), &certified);
        let peer = soon("the call", call(channel.clone(), "Peer")).await.unwrap();
        assert!(peer.starts_with("127.0.0.1:"), "{peer}");
        assert_eq!(soon("the call", call(channel.clone(), "ServerName")).await.unwrap(), "localhost");
        let error = server.channel().unwrap_err().to_string();
        assert!(error.contains("would have to trust its certificate"), "{error}");
        let slow = tokio::spawn(call(channel, "Slow"));
        soon("the handler", calls.entered.opened()).await;
        // A handshake that never begins: it is not waited for, though a call is.
        let shy = Raw::connect(server.local_addr().tcp().unwrap()).await;
        let stop = Stop::of(server);
        assert!(stop.outlives(shy).await);
        calls.leave.open();
        assert_eq!(slow.await.unwrap().unwrap(), "finally");
        assert_eq!(stop.over().await, finished(1));
        calls.leave.close();
        calls.entered.close();
    }
}

/// Sends one request after the other until it is turned away. Returns how many were answered.
async fn asks_until_turned_away(addr: SocketAddr, connector: TlsConnector, asked: Latch) -> u64 {
    let mut answered = 0;
    loop {
        // Refused, since the server has closed its socket: nothing was sent.
        let Ok(mut client) = connect(addr, &connector).await else { return answered };
        loop {
            client.write_all(REQUEST).await.expect("a connection that was not closed before its answer");
            let answer = read_to(&mut client, "hello localhost").await;
            answered += 1;
            asked.open();
            if answer.contains("connection: close") {
                break;
            }
        }
        let end = client.read(&mut [0]).await;
        assert_eq!(end.expect("`close_notify` before the end"), 0);
    }
}

#[tokio::test]
async fn a_drain_over_tls_loses_no_request_and_ends_each_connection_in_order() {
    let certified = certified();
    for _ in 0..5 {
        let (server, addr) = http(config(&certified)).await;
        let asked = Latch::new();
        let ask = || tokio::spawn(asks_until_turned_away(addr, connector(&certified), asked.clone()));
        let clients: Vec<_> = (0..4).map(|_| ask()).collect();
        soon("the first answer", asked.opened()).await;
        let drained = Stop::of(server).over().await;
        assert_eq!((drained.cut, drained.still_running), (0, 0));
        let mut answered = 0;
        for client in clients {
            answered += soon("the client", client).await.expect("no request is lost");
        }
        assert!(answered >= drained.finished && drained.finished > 0, "{answered}, {drained:?}");
    }
}

/// What was cut is no orderly end: a client can tell that its answer is not whole.
#[tokio::test]
async fn a_cut_is_no_orderly_end() {
    let certified = certified();
    let router = Router::new().route("/", get(std::future::pending::<()>));
    let server = HttpServer::bind(tls("127.0.0.1:0", config(&certified)), router).await.unwrap();
    let addr = server.local_addr().tcp().unwrap();
    let mut client = connect(addr, &connector(&certified)).await.unwrap();
    client.write_all(REQUEST).await.unwrap();
    eventually("the request", || server.task.connections().requests() == 1).await;
    let drained = Stop::of(server).forced().await;
    assert_eq!((drained.cut, &*drained.cuts[0].what), (1, "GET /"));
    let end = soon("the end", client.read(&mut [0])).await.unwrap_err();
    assert!(matches!(end.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset), "{end}");
}
