//! The timeout on request heads of HTTP/1, on a paused clock.

use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use super::http2::{PING, PREFACE_AND_SETTINGS, frame, read_frame};
use super::kit::Raw;
use crate::HttpServer;
use crate::serve::head_timeout::HEAD_WITHIN;

const HOUR: Duration = Duration::from_secs(3_600);

async fn client() -> (HttpServer, Raw) {
    let slow = async || sleep(2 * HEAD_WITHIN).await;
    let router = Router::new()
        .route("/", get(async || "hello"))
        .route("/slow", get(slow))
        .route("/echo", post(async |body: String| body));
    let server = HttpServer::bind("127.0.0.1:0", router).await.unwrap();
    let client = Raw(TcpStream::connect(server.local_addr().tcp().unwrap()).await.unwrap());
    (server, client)
}

/// Returns when the server closes the connection. `soon` has a timeout of its own, which this clock would reach.
async fn closed_after(client: &mut Raw, start: Instant) -> Duration {
    let mut read = Vec::new();
    let _ = client.0.read_to_end(&mut read).await;
    start.elapsed()
}

fn is_the_timeout(elapsed: Duration) -> bool {
    (HEAD_WITHIN..HEAD_WITHIN + Duration::from_secs(1)).contains(&elapsed)
}

async fn asks(client: &mut Raw) {
    client.0.write_all(b"GET / HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
    let mut answer = [0; 1024];
    let count = client.0.read(&mut answer).await.unwrap();
    assert!(String::from_utf8_lossy(&answer[..count]).ends_with("hello"), "{count} bytes");
}

#[tokio::test(start_paused = true)]
async fn half_a_head_is_closed_after_the_timeout() {
    for start in ["G", "GET / HT", "GET / HTTP/1.1\r\nhost: te", "PRI * HTTP/2"] {
        let (_server, mut client) = client().await;
        // Time before the first byte does not count.
        sleep(HOUR).await;
        let written = Instant::now();
        client.0.write_all(start.as_bytes()).await.unwrap();
        let elapsed = closed_after(&mut client, written).await;
        assert!(is_the_timeout(elapsed), "{start:?}: {elapsed:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn bytes_do_not_extend_the_timeout() {
    let (_server, mut client) = client().await;
    let start = Instant::now();
    for byte in [b"G", b"E", b"T"] {
        client.0.write_all(byte).await.unwrap();
        sleep(HEAD_WITHIN / 4).await;
    }
    let elapsed = closed_after(&mut client, start).await;
    assert!(is_the_timeout(elapsed), "{elapsed:?}");
}

#[tokio::test(start_paused = true)]
async fn half_a_head_after_a_request_is_closed_too() {
    let (_server, mut client) = client().await;
    asks(&mut client).await;
    sleep(HOUR).await;
    let start = Instant::now();
    client.0.write_all(b"GET / HT").await.unwrap();
    let elapsed = closed_after(&mut client, start).await;
    assert!(is_the_timeout(elapsed), "{elapsed:?}");
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_stays_open() {
    let (_server, mut client) = client().await;
    for _ in 0..3 {
        sleep(HOUR).await;
        asks(&mut client).await;
    }
}

/// A body that comes after its head is not a head.
#[tokio::test(start_paused = true)]
async fn a_connection_that_is_idle_after_an_upload_stays_open() {
    let (_server, mut client) = client().await;
    client.0.write_all(b"POST /echo HTTP/1.1\r\nhost: test\r\ncontent-length: 5\r\n\r\n").await.unwrap();
    sleep(2 * HEAD_WITHIN).await;
    client.0.write_all(b"hello").await.unwrap();
    let mut answer = [0; 1024];
    let count = client.0.read(&mut answer).await.unwrap();
    assert!(answer[..count].ends_with(b"hello"));
    sleep(HOUR).await;
    asks(&mut client).await;
}

#[tokio::test(start_paused = true)]
async fn a_handler_has_more_time_than_a_head() {
    let (_server, mut client) = client().await;
    client.0.write_all(b"GET /slow HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
    let mut answer = [0; 1024];
    let count = client.0.read(&mut answer).await.unwrap();
    assert!(answer[..count].starts_with(b"HTTP/1.1 200"));
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_of_http2_stays_open() {
    let (_server, mut client) = client().await;
    // In two pieces, as a network may deliver it.
    client.0.write_all(&PREFACE_AND_SETTINGS[..10]).await.unwrap();
    sleep(HEAD_WITHIN / 2).await;
    client.0.write_all(&PREFACE_AND_SETTINGS[10..]).await.unwrap();
    sleep(HOUR).await;
    client.0.write_all(&frame(PING, 0, 0, b"its open")).await.unwrap();
    loop {
        match read_frame(&mut client).await {
            Some((PING, carried)) => return assert_eq!(carried, b"its open"),
            Some(_) => {}
            None => panic!("closed"),
        }
    }
}
