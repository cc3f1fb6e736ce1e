//! The gRPC server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::Code;
use tonic::service::Routes;
use tonic::transport::{Channel, Server};

use super::kit::{Latch, Raw, Stop, answers, eventually, finished, soon};
use super::rpc::{Calls, both, call, channel, open};
use crate::GrpcServer;
use crate::connection::into_listener::Listening;
use service_group::Drained;
use service_group::StatsSource;
use service_group::{Service, ServiceExit};

async fn server() -> (GrpcServer, Calls, Channel) {
    let calls = Calls::new();
    let server = GrpcServer::bind("127.0.0.1:0", Routes::new(calls.clone())).await.unwrap();
    let channel = server.channel().unwrap();
    (server, calls, channel)
}

fn calling(
    channel: &Channel,
    method: &'static str,
) -> tokio::task::JoinHandle<Result<String, tonic::Status>> {
    let channel = channel.clone();
    tokio::spawn(call(channel, method))
}

#[tokio::test]
async fn an_idle_server_stops_without_a_linger() {
    let (server, ..) = server().await;
    let (addr, begun) = (server.local_addr().tcp().unwrap(), Instant::now());
    assert_eq!(Stop::of(server).over().await, Drained::default());
    assert!(begun.elapsed() < Duration::from_millis(90), "no wait when nothing is connected");
    assert!(!answers(addr).await);
    TcpListener::bind(addr).await.expect("the port is free");
}

#[tokio::test]
async fn a_channel_reaches_a_server_that_listens_on_all_addresses() {
    for all in ["0.0.0.0:0", "[::]:0"] {
        let server = GrpcServer::bind(all, Routes::new(Calls::new())).await.unwrap();
        let peer = soon("the call", call(server.channel().unwrap(), "Peer")).await.unwrap();
        assert!(peer.parse::<SocketAddr>().unwrap().ip().is_loopback(), "{peer}");
    }
}

#[tokio::test]
async fn an_idle_channel_leaves() {
    let (server, _, channel) = server().await;
    call(channel.clone(), "Peer").await.unwrap();
    assert_eq!(Stop::of(server).over().await, Drained::default());
    assert_eq!(call(channel, "Peer").await.unwrap_err().code(), Code::Unavailable);
}

#[tokio::test]
async fn a_call_in_flight_is_answered() {
    let (server, calls, channel) = server().await;
    let slow = calling(&channel, "Slow");
    soon("the handler", calls.entered.opened()).await;
    let quiet = Raw::connect(server.local_addr().tcp().unwrap()).await;
    let stop = Stop::of(server);
    assert!(stop.outlives(quiet).await, "it waits for the call");
    calls.leave.open();
    assert_eq!(slow.await.unwrap().unwrap(), "finally");
    assert_eq!(stop.over().await, finished(1));
}

#[tokio::test]
async fn a_stuck_call_is_cut_when_forced() {
    let (server, calls, channel) = server().await;
    let stuck = calling(&channel, "Stuck");
    soon("the handler", calls.entered.opened()).await;
    let drained = Stop::of(server).forced().await;
    assert_eq!((drained.finished, drained.cut, drained.still_running), (0, 1, 0));
    assert_eq!(drained.cuts[0].what, "/test.Calls/Stuck");
    soon("the client", stuck).await.unwrap().unwrap_err();
    soon("the handler's end", calls.gone.opened()).await;
}

#[tokio::test]
async fn a_stream_that_is_told_says_goodbye() {
    for (server, addr) in both(|| Routes::new(Calls::new())).await {
        let mut stream = open(channel(addr), "Ticks").await;
        assert_eq!(stream.message().await.unwrap().unwrap(), "first");
        let stop = Stop::of(server);
        assert_eq!(soon("the end", stream.message()).await.unwrap_err().message(), "goodbye");
        assert_eq!(stop.over().await, finished(1));
    }
}

#[tokio::test]
async fn a_stream_that_does_not_listen_is_cut() {
    let (server, _, channel) = server().await;
    let mut stream = open(channel, "Open").await;
    assert_eq!(stream.message().await.unwrap().unwrap(), "first");
    let quiet = Raw::connect(server.local_addr().tcp().unwrap()).await;
    let stop = Stop::of(server);
    assert!(stop.outlives(quiet).await, "a stream is in flight");
    let drained = stop.forced().await;
    assert_eq!((drained.finished, drained.cut, drained.still_running), (0, 1, 0));
    soon("the end", stream.message()).await.unwrap_err();
}

#[tokio::test]
async fn an_idle_connection_ends_beside_a_busy_one() {
    let (server, calls, channel) = server().await;
    let slow = calling(&channel, "Slow");
    let mut idle = Raw::connect(server.local_addr().tcp().unwrap()).await;
    soon("the handler", calls.entered.opened()).await;
    let stop = Stop::of(server);
    idle.read_to_end().await;
    assert!(!stop.is_over(), "the busy one has the window");
    calls.leave.open();
    assert_eq!(slow.await.unwrap().unwrap(), "finally");
    assert_eq!(stop.over().await.finished, 1);
}

#[tokio::test]
async fn handlers_know_their_peer() {
    let (server, _, channel) = server().await;
    let peer: SocketAddr = call(channel, "Peer").await.unwrap().parse().unwrap();
    assert!(peer.ip().is_loopback() && peer.port() != server.local_addr().tcp().unwrap().port());
}

#[tokio::test]
async fn a_tonic_server_of_ones_own_keeps_its_layers() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let seen = Latch::new();
    let see = seen.clone();
    let own = Server::builder().concurrency_limit_per_connection(8).timeout(Duration::from_secs(30)).layer(
        tonic::service::InterceptorLayer::new(move |request: tonic::Request<()>| {
            see.open();
            request.remote_addr().map(|_| request).ok_or_else(|| tonic::Status::internal("no peer"))
        }),
    );
    let calls = Calls::new();
    let server = GrpcServer::from_incoming(TcpListenerStream::new(listener), own, Routes::new(calls.clone()));
    let slow = calling(&channel(addr), "Slow");
    soon("the handler", calls.entered.opened()).await;
    assert!(seen.is_open());
    let stop = Stop::of(server);
    calls.leave.open();
    assert_eq!(slow.await.unwrap().unwrap(), "finally");
    assert_eq!(stop.over().await, finished(1));
}

/// Peers of a Unix socket have no address by which tonic's own server could identify the connection of a call.
#[cfg(unix)]
#[tokio::test]
async fn over_a_unix_socket_an_idle_connection_ends_beside_a_busy_one() {
    use hyper_util::rt::TokioIo;
    use tokio::io::AsyncReadExt;
    use tokio::net::{UnixListener, UnixStream};
    use tokio_stream::wrappers::UnixListenerStream;

    let path = std::env::temp_dir().join(format!("service-group-{}.sock", std::process::id()));
    for own in [false, true] {
        let _ = std::fs::remove_file(&path);
        let (calls, listener) = (Calls::new(), UnixListener::bind(&path).unwrap());
        let routes = Routes::new(calls.clone());
        let server = if own {
            GrpcServer::from_incoming(UnixListenerStream::new(listener), Server::builder(), routes)
        } else {
            GrpcServer::bind(Listening::Unix(listener), routes).await.unwrap()
        };
        let to = path.clone();
        let connect = tower::service_fn(move |_| {
            let to = to.clone();
            async move { UnixStream::connect(to).await.map(TokioIo::new) }
        });
        let endpoint = tonic::transport::Endpoint::from_static("http://test");
        let channel = endpoint.connect_with_connector(connect).await.unwrap();
        assert_eq!(call(channel.clone(), "User").await.unwrap(), "true", "what tonic knows of a Unix socket");
        let slow = calling(&channel, "Slow");
        let mut idle = UnixStream::connect(&path).await.unwrap();
        soon("the handler", calls.entered.opened()).await;
        let stop = Stop::of(server);
        let _ = soon("the end of the idle one", idle.read_to_end(&mut Vec::new())).await;
        assert!(!stop.is_over(), "the busy one has the window");
        calls.leave.open();
        assert_eq!(slow.await.unwrap().unwrap(), "finally");
        assert_eq!(stop.over().await, finished(1));
    }
    std::fs::remove_file(&path).unwrap();
}

#[tokio::test]
async fn connections_that_end_end_the_server() {
    let none = tokio_stream::empty::<std::io::Result<tokio::net::TcpStream>>();
    let server = GrpcServer::from_incoming(none, Server::builder(), Routes::default());
    let ServiceExit::Failed(error) = soon("the end", server.finished()).await else { panic!("it failed") };
    assert_eq!(error.to_string(), "the server has stopped serving: its listener has ended");
    assert_eq!(Stop::of(server).over().await, Drained::default());
}

#[tokio::test]
async fn dropped_without_a_stop_it_leaves_nothing() {
    let (server, calls, channel) = server().await;
    let (addr, stuck) = (server.local_addr().tcp().unwrap(), calling(&channel, "Stuck"));
    soon("the handler", calls.entered.opened()).await;
    let gate = Arc::clone(server.task.connections());
    assert_eq!(gate.stats().requests, 1);
    drop(server);
    soon("the client", stuck).await.unwrap().unwrap_err();
    soon("the handler's end", calls.gone.opened()).await;
    eventually("no connection and no listener", || gate.is_empty() && !gate.state.is_serving()).await;
    assert!(!answers(addr).await);
}
