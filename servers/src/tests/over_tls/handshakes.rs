//! Handshakes: their limit, clients that speak no TLS, and sockets of each kind.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use service_group::Drained;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};
use tokio_rustls::rustls::pki_types::ServerName;

use super::super::kit::{Raw, Stop, soon};
use super::super::rpc::Calls;
use super::super::tls::{certified, connector};
use super::{REQUEST, config, connect, grpc, http, read_to};
use crate::connection::tls::HANDSHAKE_WITHIN;
use crate::{HttpServer, tls};

#[tokio::test(start_paused = true)]
async fn a_handshake_that_does_not_end_delays_nobody_and_ends_at_its_limit() {
    let certified = certified();
    let (_http, http_addr) = http(config(&certified)).await;
    let [bound, own] = grpc(&config(&certified), &Calls::new()).await;
    let addrs = [http_addr, bound.local_addr().tcp().unwrap(), own.local_addr().tcp().unwrap()];
    for addr in addrs {
        // The first bytes of a `ClientHello` of 512 bytes, or none.
        for start in [&b""[..], b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"] {
            let begun = Instant::now();
            let mut slow = Raw(TcpStream::connect(addr).await.unwrap());
            slow.0.write_all(start).await.unwrap();
            sleep(HANDSHAKE_WITHIN / 2).await;
            let others = Instant::now();
            connect(addr, &connector(&certified)).await.expect("a handshake beside a slow one");
            assert_eq!(others.elapsed(), Duration::ZERO);
            let _ = slow.0.read_to_end(&mut Vec::new()).await;
            let elapsed = begun.elapsed();
            let limits = HANDSHAKE_WITHIN..HANDSHAKE_WITHIN + Duration::from_millis(100);
            assert!(limits.contains(&elapsed), "{addr}: {elapsed:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_open_for_longer_than_a_handshake() {
    let certified = certified();
    let (_server, addr) = http(config(&certified)).await;
    let mut client = connect(addr, &connector(&certified)).await.unwrap();
    for _ in 0..2 {
        sleep(3 * HANDSHAKE_WITHIN).await;
        client.write_all(REQUEST).await.unwrap();
        read_to(&mut client, "hello localhost").await;
    }
}

/// Handshakes have the time that open connections have to bring a request, and no more.
#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_for_handshakes() {
    let certified = certified();
    for kind in 0..3 {
        let ((http, http_addr), [bound, own]) =
            (http(config(&certified)).await, grpc(&config(&certified), &Calls::new()).await);
        let addrs = [http_addr, bound.local_addr().tcp().unwrap(), own.local_addr().tcp().unwrap()];
        let mut clients = Vec::new();
        for start in [&b""[..], b"\x16\x03\x01\x02"] {
            let mut client = TcpStream::connect(addrs[kind]).await.unwrap();
            client.write_all(start).await.unwrap();
            clients.push(client);
        }
        let task = [&http.task, &bound.task, &own.task][kind];
        // `eventually` has timers, which this clock would skip.
        while task.connections().count() < 2 {
            tokio::task::yield_now().await;
        }
        let begun = Instant::now();
        let stop = match kind {
            0 => Stop::of(http),
            1 => Stop::of(bound),
            _ => Stop::of(own),
        };
        assert_eq!(stop.over().await, Drained::default());
        assert!(begun.elapsed() < Duration::from_millis(250), "{:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn a_client_without_tls_is_turned_away_alone() {
    let certified = certified();
    let (server, addr) = http(config(&certified)).await;
    let mut plain = Raw::connect(addr).await;
    plain.get("/").await;
    assert_ne!(plain.read_to_end().await.first(), Some(&b'H'), "no answer in the clear");
    connect(addr, &connector(&certified)).await.expect("the server goes on");
    assert_eq!(Stop::of(server).over().await, Drained::default());
}

#[cfg(unix)]
#[tokio::test]
async fn a_unix_socket_has_tls_as_well() {
    let certified = certified();
    let path = std::env::temp_dir().join(format!("service-group-tls-{}.sock", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let router = Router::new().route("/", get(async || "hello"));
    let server = HttpServer::bind(tls(&path, config(&certified)), router).await.unwrap();
    let stream = tokio::net::UnixStream::connect(&path).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut client = soon("the handshake", connector(&certified).connect(name, stream)).await.unwrap();
    client.write_all(b"GET / HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    soon("the answer", client.read_to_string(&mut answer)).await.expect("an orderly end");
    assert!(answer.ends_with("hello"), "{answer}");
    drop(client);
    assert_eq!(Stop::of(server).over().await, Drained::default());
}
