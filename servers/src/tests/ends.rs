//! Listeners of other kinds, and the ends of a server other than by a stop.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::http::Extensions;
use axum::routing::get;
use tokio::net::TcpStream;

use super::http::Site;
use super::kit::{Stop, answers, drained, eventually, soon};
use crate::HttpServer;
use crate::connection::connections::Connections;
use crate::connection::into_listener::Listening;
use crate::state::ServerState;
use service_group::Drained;
use service_group::StopContext;
use service_group::{Service, ServiceExit};

#[tokio::test]
async fn dropped_without_a_stop_it_leaves_nothing() {
    let site = Site::open().await;
    let (addr, mut busy, mut idle) =
        (site.server.local_addr().tcp().unwrap(), site.client().await, site.client().await);
    idle.get("/").await;
    idle.read_to("hello").await;
    busy.get("/stuck").await;
    soon("the handler", site.entered.opened()).await;
    let gate = std::sync::Arc::clone(site.server.task.connections());
    drop(site.server);
    assert_eq!(busy.read_to_end().await, b"");
    assert_eq!(idle.read_to_end().await, b"");
    soon("the handler's end", site.gone.opened()).await;
    eventually("no connection and no listener", || gate.is_empty() && !gate.state.is_serving()).await;
    assert!(!answers(addr).await);
}

#[tokio::test]
async fn a_stop_that_is_dropped_half_way_cuts_and_tells() {
    let site = Site::open().await;
    let mut client = site.client().await;
    client.get("/stuck").await;
    soon("the handler", site.entered.opened()).await;
    let context = StopContext::within(Duration::from_secs(3600));
    let stop = site.server.stop(context.clone());
    tokio::time::timeout(Duration::from_millis(20), stop).await.unwrap_err();
    assert_eq!(drained(&context).cut, 1);
    assert_eq!(client.read_to_end().await, b"");
}

#[tokio::test]
async fn a_listener_that_fails_ends_the_server() {
    struct Broken;
    impl axum::serve::Listener for Broken {
        type Io = TcpStream;
        type Addr = SocketAddr;
        async fn accept(&mut self) -> (TcpStream, SocketAddr) {
            panic!("on purpose")
        }
        fn local_addr(&self) -> std::io::Result<SocketAddr> {
            Ok(SocketAddr::from(([127, 0, 0, 1], 7)))
        }
    }
    let server = HttpServer::from_listener(Broken, Router::new());
    assert_eq!(server.local_addr().tcp().unwrap().port(), 7);
    let ServiceExit::Failed(error) = soon("the end", server.finished()).await else { panic!("it failed") };
    assert_eq!(error.to_string(), "the server has stopped serving: panicked: on purpose");
    assert_eq!(Stop::of(server).over().await, Drained::default());
}

#[cfg(unix)]
#[tokio::test]
async fn over_a_unix_socket() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{UnixListener, UnixStream};

    let path = std::env::temp_dir().join(format!("service-group-http-{}.sock", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let listener = Listening::Unix(UnixListener::bind(&path).unwrap());
    let server = HttpServer::bind(listener, Router::new().route("/", get("hello"))).await.unwrap();
    let (mut busy, mut idle) =
        (UnixStream::connect(&path).await.unwrap(), UnixStream::connect(&path).await.unwrap());
    busy.write_all(b"GET / HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut read = String::new();
    busy.read_to_string(&mut read).await.unwrap();
    assert!(read.ends_with("hello"), "{read}");
    idle.write_all(b"GET").await.unwrap();
    assert_eq!(Stop::of(server).over().await, Drained::default());
    let _ = soon("the end", idle.read(&mut [0])).await;
    std::fs::remove_file(&path).unwrap();
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let site = Site::open().await;
    let addr = site.server.local_addr().tcp().unwrap();
    let error = HttpServer::bind(addr.to_string(), Router::new()).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
    assert!(
        error.to_string().starts_with(&format!("cannot listen on {addr}: address already in use")),
        "{error}"
    );
}

#[tokio::test]
async fn a_window_that_is_over_leaves_handlers_their_turn() {
    let site = Site::open().await;
    let mut client = site.client().await;
    client.get("/stuck").await;
    soon("the handler", site.entered.opened()).await;
    let context = StopContext::within(Duration::ZERO);
    context.force();
    soon("the stop", site.server.stop(context.clone())).await.unwrap();
    let drained = drained(&context);
    assert_eq!((drained.finished, drained.cut, drained.still_running), (0, 1, 0));
}

#[tokio::test]
async fn a_connection_that_comes_after_the_cut_is_cut() {
    use tokio::io::AsyncReadExt;

    let gate = Connections::new(ServerState::default());
    gate.cut_all(None);
    let (mut client, server) = tokio::io::duplex(64);
    let mut server = gate.admit(server, Extensions::new());
    assert_eq!(client.read(&mut [0]).await.unwrap(), 0, "closed, although it was not polled");
    assert_eq!(server.read(&mut [0]).await.unwrap_err().kind(), std::io::ErrorKind::ConnectionAborted);
    drop(server);
    assert!(gate.is_empty());
}

#[test]
fn servers_can_be_shared() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<HttpServer>();
    #[cfg(feature = "grpc")]
    shared::<crate::GrpcServer>();
}
