//! Connections that a request has become: a WebSocket, a tunnel.

#[cfg(feature = "ws")]
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
#[cfg(feature = "ws")]
use std::time::Duration;

use axum::Router;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::routing::get;
#[cfg(feature = "ws")]
use tokio::io::AsyncWriteExt;
#[cfg(feature = "ws")]
use tokio::time::{Instant, advance};

use super::kit::{Gone, Latch, Raw, Stop, eventually, finished, soon};
use crate::{Draining, HttpServer};
use service_group::Drained;
use service_group::StatsSource;

const UPGRADE: &str = "GET /ws HTTP/1.1\r\nhost: test\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
    sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// A close frame with the code 1001, going away.
const GOING_AWAY: &[u8] = b"\x88\x02\x03\xe9";

async fn connect<F>(
    handler: impl FnOnce(WebSocket, Draining) -> F + Clone + Send + Sync + 'static,
) -> (HttpServer, Raw)
where
    F: Future<Output = ()> + Send + 'static,
{
    let upgrade = |upgrade: WebSocketUpgrade, draining: Draining| async move {
        upgrade.on_upgrade(|socket| handler(socket, draining))
    };
    let server = HttpServer::bind("127.0.0.1:0", Router::new().route("/ws", get(upgrade))).await.unwrap();
    let mut client = Raw::connect(server.local_addr().tcp().unwrap()).await;
    client.write(UPGRADE).await;
    client.read_to("\r\n\r\n").await;
    (server, client)
}

#[tokio::test]
async fn a_socket_that_is_told_says_goodbye() {
    let (server, mut client) = connect(|mut socket, draining| async move {
        draining.started().await;
        let frame = CloseFrame { code: close_code::AWAY, reason: "".into() };
        let _ = socket.send(Message::Close(Some(frame))).await;
    })
    .await;
    let stop = Stop::of(server);
    assert_eq!(client.read_to_end().await, GOING_AWAY);
    assert_eq!(stop.over().await, finished(1));
}

#[tokio::test]
async fn a_socket_is_in_flight_while_it_is_open() {
    let (server, client) =
        connect(|mut socket, _| async move { while socket.recv().await.is_some() {} }).await;
    let numbers = server.task.connections().stats();
    assert_eq!((numbers.connections, numbers.requests), (1, 1));
    assert_eq!(numbers.oldest.unwrap().0, "GET /ws");
    eventually("the end of the task that served it", || server.task.connections().served() == 0).await;
    let gate = Arc::clone(server.task.connections());
    drop(client);
    eventually("an empty book", || gate.is_empty()).await;
    assert_eq!(Stop::of(server).over().await, Drained::default());
}

#[tokio::test]
async fn a_socket_that_does_not_listen_is_cut() {
    let (server, mut client) =
        connect(|mut socket, _| async move { while socket.recv().await.is_some() {} }).await;
    let quiet = Raw::connect(server.local_addr().tcp().unwrap()).await;
    let stop = Stop::of(server);
    assert!(stop.outlives(quiet).await, "an open socket is in flight");
    let drained = stop.forced().await;
    assert_eq!((drained.finished, drained.cut, drained.still_running), (0, 1, 0));
    assert_eq!(drained.cuts[0].what, "GET /ws");
    assert_eq!(client.read_to_end().await, b"");
}

#[tokio::test]
async fn the_client_of_a_socket_in_stuck_hands_sees_the_end() {
    let (leave, gone) = (Latch::new(), Latch::new());
    let hands = {
        let (leave, gone) = (leave.clone(), gone.clone());
        |socket, _| async move {
            let _hands = (socket, Gone(gone));
            leave.opened().await;
        }
    };
    let (server, mut client) = connect(hands).await;
    let drained = Stop::of(server).forced().await;
    assert_eq!((drained.finished, drained.cut, drained.still_running), (0, 1, 1));
    assert_eq!(client.read_to_end().await, b"");
    leave.open();
    soon("the handler's end", gone.opened()).await;
}

#[tokio::test]
async fn both_halves_of_a_split_socket_see_the_cut() {
    let ended = Latch::new();
    let tell = ended.clone();
    let (server, mut client) = connect(|socket, _| async move {
        use futures_util::{SinkExt, StreamExt};
        let (mut sink, mut stream) = socket.split();
        let writing = tokio::spawn(async move { while sink.send(vec![0; 1 << 16].into()).await.is_ok() {} });
        while let Some(Ok(_)) = stream.next().await {}
        writing.await.unwrap();
        tell.open();
    })
    .await;
    assert_eq!(Stop::of(server).forced().await.cut, 1);
    soon("both halves", ended.opened()).await;
    client.read_to_end().await;
}

#[tokio::test]
async fn a_tunnel_is_cut() {
    let upgraded = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&upgraded);
    let handler = async move |mut request: axum::extract::Request| {
        *keep.lock().unwrap() = Some(hyper::upgrade::on(&mut request));
    };
    let router = Router::new().fallback(axum::routing::any(handler));
    let server = HttpServer::bind("127.0.0.1:0", router).await.unwrap();
    let mut client = Raw::connect(server.local_addr().tcp().unwrap()).await;
    client.write("CONNECT test:80 HTTP/1.1\r\nhost: test:80\r\n\r\n").await;
    client.read_to("\r\n\r\n").await;
    let upgrade = upgraded.lock().unwrap().take().unwrap();
    let tunnel = upgrade.await.unwrap();
    let drained = Stop::of(server).forced().await;
    assert_eq!((drained.cut, drained.still_running), (1, 1));
    assert_eq!(client.read_to_end().await, b"");
    drop(tunnel);
}

#[cfg(feature = "ws")]
#[tokio::test]
async fn what_a_client_sends_until_it_knows_still_comes() {
    let received = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&received);
    let (server, mut client) = connect(|mut socket, draining| async move {
        while let Some(Ok(message)) = draining.recv(&mut socket).await {
            keep.lock().unwrap().push(message);
        }
    })
    .await;
    let stop = Stop::of(server);
    let mut frame = [0; 4];
    soon("the close frame", tokio::io::AsyncReadExt::read_exact(&mut client.0, &mut frame)).await.unwrap();
    assert_eq!(frame, GOING_AWAY);
    // "late", and the answer to the close frame; both masked with zeroes.
    client.write(b"\x81\x84\0\0\0\0late\x88\x82\0\0\0\0\x03\xe9").await;
    assert_eq!(client.read_to_end().await, b"");
    assert_eq!(stop.over().await, finished(1));
    let received = received.lock().unwrap();
    assert_eq!(received.first(), Some(&Message::Text("late".into())));
}

/// A client that is gone without a word, as one whose network is, does not hold its server.
#[cfg(feature = "ws")]
#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_answer_has_a_second() {
    let (server, mut client) =
        connect(|mut socket, draining| async move { while draining.recv(&mut socket).await.is_some() {} })
            .await;
    let begun = Instant::now();
    let stop = Stop::of(server);
    assert_eq!(client.read_to_end().await, GOING_AWAY);
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
    assert_eq!(stop.over().await, finished(1));
}

/// It does not listen, and there is always something to receive.
#[cfg(feature = "ws")]
#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_stop_has_a_second() {
    let received = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&received);
    let (server, client) = connect(|mut socket, draining| async move {
        while draining.recv(&mut socket).await.is_some() {
            count.fetch_add(1, Ordering::Relaxed);
        }
    })
    .await;
    let (_unread, mut writer) = client.0.into_split();
    let client = tokio::spawn(async move {
        for _ in 0..200_000 {
            if writer.write_all(b"\x81\x84\0\0\0\0more").await.is_err() {
                return;
            }
        }
        // So that a server that does not stop is noticed: no clock goes on while there is something to receive.
        std::future::pending::<()>().await;
    });
    let stop = Stop::of(server);
    let wait_for_more = async || {
        let before = received.load(Ordering::Relaxed);
        while received.load(Ordering::Relaxed) < before + 1_000 {
            tokio::task::yield_now().await;
        }
    };
    wait_for_more().await;
    advance(Duration::from_millis(300)).await;
    wait_for_more().await;
    advance(Duration::from_secs(1)).await;
    assert_eq!(stop.over().await, finished(1));
    soon("the client", client).await.unwrap();
}

/// Over HTTP/2 a socket is a stream of a connection that carries others, and is known to have ended when that has.
#[tokio::test]
async fn a_socket_over_http2_is_told_and_cut() {
    use axum::body::Body;
    use hyper::client::conn::http2;
    use hyper_util::rt::{TokioExecutor, TokioIo};

    let listens = |mut socket: WebSocket, draining: Draining| async move {
        draining.started().await;
        let frame = CloseFrame { code: close_code::AWAY, reason: "".into() };
        let _ = socket.send(Message::Close(Some(frame))).await;
    };
    let deaf = |mut socket: WebSocket, _: Draining| async move { while socket.recv().await.is_some() {} };
    for (path, expected) in [("/listens", (1, 0)), ("/deaf", (0, 1))] {
        let router = Router::new()
            .route("/", get(async || "hello"))
            .route(
                "/listens",
                axum::routing::any(async move |upgrade: WebSocketUpgrade, draining: Draining| {
                    upgrade.on_upgrade(move |socket| listens(socket, draining))
                }),
            )
            .route(
                "/deaf",
                axum::routing::any(async move |upgrade: WebSocketUpgrade, draining: Draining| {
                    upgrade.on_upgrade(move |socket| deaf(socket, draining))
                }),
            );
        let server = HttpServer::bind("127.0.0.1:0", router).await.unwrap();
        let stream = tokio::net::TcpStream::connect(server.local_addr().tcp().unwrap()).await.unwrap();
        let (mut client, connection) =
            http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let first = axum::http::Request::get("http://test/").body(Body::empty()).unwrap();
        soon("the server's settings", client.send_request(first)).await.unwrap();
        let connect = axum::http::Request::connect(format!("http://test{path}"))
            .extension(hyper::ext::Protocol::from_static("websocket"))
            .header("sec-websocket-version", "13");
        let answer =
            soon("the socket", client.send_request(connect.body(Body::empty()).unwrap())).await.unwrap();
        assert_eq!(answer.status(), 200);
        let socket = hyper::upgrade::on(answer).await.unwrap();
        eventually("the socket", || server.task.connections().stats().requests == 1).await;
        let stop = Stop::of(server);
        let drained = if expected.1 == 0 { stop.over().await } else { stop.forced().await };
        assert_eq!(
            (drained.finished, drained.cut, drained.still_running),
            (expected.0, expected.1, 0),
            "{drained:?}"
        );
        assert!(drained.cuts.iter().all(|cut| cut.what == format!("CONNECT {path}")));
        drop(socket);
    }
}
