//! Requests and connections that are on their way when the drain begins.

use std::io::Write;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use axum::serve::Listener;
use futures_util::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::http::Site;
use super::kit::{Raw, Stop, answers, finished, soon};
use crate::HttpServer;

/// In one turn of the connection's task: what has come is taken before the connection is closed as an idle one.
#[tokio::test]
async fn a_request_that_comes_together_with_the_word_to_end_is_answered() {
    struct Pipes(mpsc::Receiver<DuplexStream>);

    impl Listener for Pipes {
        type Io = DuplexStream;
        type Addr = ();

        async fn accept(&mut self) -> (DuplexStream, ()) {
            (self.0.recv().await.expect("the test has the sender"), ())
        }

        fn local_addr(&self) -> std::io::Result<()> {
            Ok(())
        }
    }

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: test\r\n\r\n";
    let (connect, pipes) = mpsc::channel(1);
    let server = HttpServer::from_listener(Pipes(pipes), Router::new().route("/", get("hello")));
    let (mut client, pipe) = duplex(1024);
    connect.send(pipe).await.unwrap();
    client.write_all(REQUEST).await.unwrap();
    let mut first = [0; 1024];
    let first =
        soon("an answer", client.read(&mut first)).await.map(|count| first[..count].to_vec()).unwrap();
    assert!(first.ends_with(b"hello"));
    client.write_all(REQUEST).now_or_never().expect("there is room").unwrap();
    server.task.begin_drain();
    server.task.say_goodbye();
    let mut second = String::new();
    soon("an answer and the end", client.read_to_string(&mut second)).await.unwrap();
    assert!(second.contains("connection: close") && second.ends_with("hello"), "{second:?}");
}

#[tokio::test]
async fn requests_on_their_way_when_the_drain_begins_are_answered() {
    let site = Site::open().await;
    let mut clients = Vec::new();
    for _ in 0..50 {
        let mut client = site.client().await;
        client.get("/").await;
        assert!(!client.read_to("hello").await.contains("connection: close"));
        clients.push(client);
    }
    // The connections' tasks do not run before the stop does: this runtime has one thread, and a write does not wait.
    for client in &mut clients {
        client.0.try_write(b"GET / HTTP/1.1\r\nhost: test\r\n\r\n").unwrap();
    }
    let stop = Stop::of(site.server);
    for client in &mut clients {
        assert!(client.read_to("hello").await.contains("connection: close"));
    }
    assert_eq!(stop.over().await, finished(50));
}

/// A client writes while the drain has begun: within the linger it is answered. A busy machine may let the linger go
/// by before the client gets to run, but not ten times.
#[tokio::test]
async fn a_request_that_crosses_the_drain_is_answered() {
    for _ in 0..10 {
        let site = Site::open().await;
        let mut client = site.client().await;
        client.get("/").await;
        client.read_to("hello").await;
        let stop = Stop::of(site.server);
        tokio::time::sleep(Duration::from_millis(20)).await;
        let _ = client.0.try_write(b"GET / HTTP/1.1\r\nhost: test\r\n\r\n");
        let answer = String::from_utf8(client.read_to_end().await).unwrap();
        if stop.over().await.finished == 1 {
            assert!(answer.contains("connection: close") && answer.ends_with("hello"), "{answer}");
            return;
        }
    }
    panic!("never answered");
}

#[tokio::test]
async fn connections_in_the_backlog_are_let_in() {
    let site = Site::open().await;
    let addr = site.server.local_addr().tcp().unwrap();
    // Blocking, so that the accept loop does not run meanwhile.
    let mut client = std::net::TcpStream::connect(addr).unwrap();
    client.write_all(b"GET / HTTP/1.1\r\nhost: test\r\n\r\n").unwrap();
    client.set_nonblocking(true).unwrap();
    let stop = Stop::of(site.server);
    Raw(TcpStream::from_std(client).unwrap()).read_to("hello").await;
    assert_eq!(stop.over().await, finished(1));
}

#[tokio::test]
async fn the_listening_socket_closes_when_the_drain_begins() {
    let site = Site::open().await;
    let addr = site.server.local_addr().tcp().unwrap();
    let mut client = site.client().await;
    client.get("/slow").await;
    soon("the handler", site.entered.opened()).await;
    let stop = Stop::of(site.server);
    soon("a refusal", async { while answers(addr).await {} }).await;
    assert!(!stop.is_over());
    site.leave.open();
    assert_eq!(stop.over().await.finished, 1);
    TcpListener::bind(addr).await.expect("the port is free");
}
