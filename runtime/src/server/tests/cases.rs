//! The HTTP server, seen by clients that do not behave: the cases of which plain axum hangs in most.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::{any, get};

use super::http::Site;
use super::kit::{Raw, Stop, eventually, soon};
use crate::membership::Live;
use crate::report::Drained;
use crate::server::HttpServer;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS: &[u8] = b"\0\0\0\x04\0\0\0\0\0";

/// Ends without a force, and is nothing that was cut.
async fn ends_by_itself(bytes: &[u8]) {
    let site = Site::open().await;
    let mut client = site.client().await;
    client.write(bytes).await;
    eventually("the connection", || site.server.core.gate().connections() == 1).await;
    assert_eq!(Stop::of(site.server).over().await, Drained::default());
    client.read_to_end().await;
}

#[tokio::test]
async fn a_silent_connection() {
    ends_by_itself(b"").await;
}

#[tokio::test]
async fn a_first_byte() {
    ends_by_itself(b"P").await;
}

#[tokio::test]
async fn half_a_header() {
    ends_by_itself(b"GET / HTTP/1.1\r\nhost: te").await;
}

#[tokio::test]
async fn half_a_header_after_a_request() {
    let site = Site::open().await;
    let mut client = site.client().await;
    client.get("/").await;
    client.read_to("hello").await;
    client.write("GET / HT").await;
    assert_eq!(Stop::of(site.server).over().await, Drained::default());
}

#[tokio::test]
async fn half_a_preface() {
    ends_by_itself(&PREFACE[..10]).await;
}

#[tokio::test]
async fn a_preface_without_settings() {
    ends_by_itself(PREFACE).await;
}

#[tokio::test]
async fn a_peer_that_never_answers_a_ping() {
    ends_by_itself(&[PREFACE, SETTINGS].concat()).await;
}

#[tokio::test]
async fn an_idle_connection_ends_beside_a_busy_one() {
    let site = Site::open().await;
    let (mut busy, mut idle) = (site.client().await, site.client().await);
    busy.get("/stuck").await;
    idle.write("GET / HT").await;
    soon("the handler", site.entered.opened()).await;
    let stop = Stop::of(site.server);
    idle.read_to_end().await;
    assert!(!stop.is_over(), "the busy one has the window");
    assert_eq!(stop.forced().await.cut, 1);
}

/// Requests that never end by themselves: each is cut, and nothing is left of it.
async fn is_cut(router: Router, bytes: &[u8], what: &str, head: &str) {
    let server = HttpServer::bind("127.0.0.1:0", router).await.unwrap();
    let mut client = Raw::connect(server.local_addr()).await;
    client.write(bytes).await;
    if head.is_empty() {
        eventually("the request", || server.core.gate().numbers().requests == 1).await;
    } else {
        client.read_to(head).await;
    }
    let stop = Stop::of(server);
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert!(!stop.is_over(), "requests in flight get the window");
    let drained = stop.forced().await;
    assert_eq!((drained.finished, drained.cut, drained.left), (0, 1, 0));
    assert_eq!(drained.cuts[0].what, what);
    client.read_to_end().await;
}

fn stuck() -> Router {
    Router::new().fallback(any(async || std::future::pending::<()>().await))
}

/// Reads its body, and never gets to its end.
fn reads() -> Router {
    Router::new().fallback(any(async |request: Request| {
        let _ = axum::body::to_bytes(request.into_body(), usize::MAX).await;
    }))
}

/// Sends a head and then nothing.
fn silent_stream() -> Router {
    Router::new()
        .fallback(any(async || Body::from_stream(tokio_stream::pending::<Result<String, axum::Error>>())))
}

fn endless_stream() -> Router {
    let chunks = futures_util::stream::repeat_with(|| Ok::<_, axum::Error>(vec![b'x'; 65536]));
    Router::new().fallback(any(async || Body::from_stream(chunks)))
}

#[tokio::test]
async fn a_stalled_upload() {
    let head = b"POST /up HTTP/1.1\r\nhost: test\r\ncontent-length: 1000\r\n\r\nabc";
    is_cut(reads(), head, "POST /up", "").await;
}

// The next three rest on flush being a point where a cut is seen.

#[tokio::test]
async fn a_body_that_nobody_reads() {
    let mut bytes = b"POST /up HTTP/1.1\r\nhost: test\r\ncontent-length: 1000000\r\n\r\n".to_vec();
    bytes.extend(vec![b'x'; 30_000]);
    is_cut(stuck(), &bytes, "POST /up", "").await;
}

#[tokio::test]
async fn a_pipelined_request() {
    let get = "GET /one HTTP/1.1\r\nhost: test\r\n\r\nGET /two HTTP/1.1\r\nhost: test\r\n\r\n";
    is_cut(stuck(), get.as_bytes(), "GET /one", "").await;
}

#[tokio::test]
async fn a_pipelined_request_behind_a_silent_stream() {
    let get = "GET /one HTTP/1.1\r\nhost: test\r\n\r\nGET /two HTTP/1.1\r\nhost: test\r\n\r\n";
    is_cut(silent_stream(), get.as_bytes(), "GET /one", "\r\n\r\n").await;
}

#[tokio::test]
async fn a_silent_stream() {
    is_cut(silent_stream(), b"GET /sse HTTP/1.1\r\nhost: test\r\n\r\n", "GET /sse", "\r\n\r\n").await;
}

#[tokio::test]
async fn a_reader_of_an_endless_body_that_does_not_read() {
    is_cut(endless_stream(), b"GET /all HTTP/1.1\r\nhost: test\r\n\r\n", "GET /all", "\r\n\r\n").await;
}

#[tokio::test]
async fn a_ticking_stream() {
    let ticks = || {
        futures_util::stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            Some((Ok::<_, axum::Error>("tick"), ()))
        })
    };
    let router = Router::new().route("/", get(async move || Body::from_stream(ticks())));
    let server = HttpServer::bind("127.0.0.1:0", router).await.unwrap();
    let mut client = Raw::connect(server.local_addr()).await;
    client.get("/").await;
    client.read_to("tick").await;
    assert_eq!(Stop::of(server).forced().await.cut, 1);
    client.read_to_end().await;
}

#[tokio::test]
async fn many_of_all_kinds() {
    let site = Site::open().await;
    let mut clients = Vec::new();
    let kinds: [&[u8]; 5] =
        [b"", b"GET / HT", b"GET /stuck HTTP/1.1\r\nhost: test\r\n\r\n", PREFACE, b"POST"];
    for kind in kinds.iter().cycle().take(300) {
        let mut client = site.client().await;
        client.write(kind).await;
        clients.push(client);
    }
    eventually("the requests", || site.server.core.gate().numbers().requests == 60).await;
    let stop = Stop::of(site.server);
    for (place, client) in clients.iter_mut().enumerate() {
        if place % kinds.len() != 2 {
            client.read_to_end().await;
        }
    }
    let drained = stop.forced().await;
    assert_eq!((drained.finished, drained.cut, drained.left), (0, 60, 0));
    assert_eq!(drained.cuts.len(), 16, "the oldest are named");
    assert!(drained.cuts.is_sorted_by(|one, other| one.age >= other.age));
}
