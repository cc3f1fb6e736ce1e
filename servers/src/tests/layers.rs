//! Limits of the user's own tonic server, and calls that wait in it, before the tracked routes.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::service::Routes;
use tonic::transport::{Channel, Server};
use tower::limit::GlobalConcurrencyLimitLayer;

use super::http2::{PING, PREFACE_AND_SETTINGS, SETTINGS, read_frame};
use super::kit::{Raw, Stop, eventually, finished, soon};
use super::rpc::{Calls, call, channel};
use crate::{GrpcServer, TrackedRoutes};
use service_group::Drained;
use service_group::StatsSource;

/// A server that admits one call at a time, from any connection.
async fn narrow() -> (GrpcServer, SocketAddr, Calls, [Channel; 2]) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (calls, own) = (Calls::new(), Server::builder().layer(GlobalConcurrencyLimitLayer::new(1)));
    let server = GrpcServer::from_incoming(TcpListenerStream::new(listener), own, Routes::new(calls.clone()));
    (server, addr, calls, [channel(addr), channel(addr)])
}

#[tokio::test]
async fn a_call_that_waits_is_answered() {
    let (server, addr, calls, [one, other]) = narrow().await;
    let slow = tokio::spawn(call(one, "Slow"));
    soon("the handler", calls.entered.opened()).await;
    let waiting = tokio::spawn(call(other, "Slow"));
    eventually("both", || server.task.connections().count() == 2).await;
    let quiet = Raw::connect(addr).await;
    let stop = Stop::of(server);
    assert!(stop.outlives(quiet).await, "a call waits");
    calls.leave.open();
    assert_eq!(slow.await.unwrap().unwrap(), "finally");
    assert_eq!(soon("its turn", waiting).await.unwrap().unwrap(), "finally");
    assert_eq!(stop.over().await, finished(2));
}

#[tokio::test]
async fn a_call_that_waits_is_cut_when_forced() {
    let (server, addr, calls, [one, other]) = narrow().await;
    let slow = tokio::spawn(call(one, "Slow"));
    soon("the handler", calls.entered.opened()).await;
    let waiting = tokio::spawn(call(other, "Slow"));
    let gate = std::sync::Arc::clone(server.task.connections());
    eventually("both", || gate.count() == 2).await;
    let quiet = Raw::connect(addr).await;
    let stop = Stop::of(server);
    assert!(stop.outlives(quiet).await, "a call waits");
    eventually("the end of the quiet one", || gate.count() == 2).await;
    assert_eq!((gate.stats().connections, gate.stats().requests), (2, 1));
    let drained = stop.forced().await;
    assert_eq!((drained.finished, drained.cut, drained.still_running), (0, 2, 0), "{drained:?}");
    let mut cuts: Vec<_> = drained.cuts.iter().map(|cut| &*cut.what).collect();
    cuts.sort_unstable();
    assert_eq!(cuts, ["/test.Calls/Slow", "a call in no handler"]);
    slow.await.unwrap().unwrap_err();
    waiting.await.unwrap().unwrap_err();
}

/// Connections of no other server are spared for them.
#[tokio::test]
async fn calls_wait_unseen_in_no_server_of_ours() {
    let (own, ..) = narrow().await;
    let ours = GrpcServer::bind("127.0.0.1:0", Routes::new(Calls::new())).await.unwrap();
    let blind = [own, ours].map(|server| {
        server.task.say_goodbye();
        server.task.connections().state.goodbye_at_with_outer_layers().is_some()
    });
    assert_eq!(blind, [true, false]);
}

/// A layer that makes one service for all connections is not taken for one connection.
#[tokio::test]
async fn a_layer_that_clones_its_service_mixes_up_no_connections() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let clones = |routes: TrackedRoutes| routes.clone();
    let (calls, own) = (Calls::new(), Server::builder().layer(tower::layer::layer_fn(clones)));
    let server = GrpcServer::from_incoming(TcpListenerStream::new(listener), own, Routes::new(calls.clone()));
    let (first, second, quiet) = (channel(addr), channel(addr), Raw::connect(addr).await);
    call(first.clone(), "Peer").await.unwrap();
    let slow = tokio::spawn(call(second, "Slow"));
    soon("the handler", calls.entered.opened()).await;
    let stop = Stop::of(server);
    assert!(stop.outlives(quiet).await, "a call is in flight");
    soon("the end of the first connection", async { while call(first.clone(), "Peer").await.is_ok() {} })
        .await;
    assert!(!stop.is_over(), "the second one has the window");
    calls.leave.open();
    assert_eq!(slow.await.unwrap().unwrap(), "finally");
    assert_eq!(stop.over().await.finished, 1);
}

async fn of_ones_own(own: Server) -> (GrpcServer, Calls, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (addr, calls) = (listener.local_addr().unwrap(), Calls::new());
    let server = GrpcServer::from_incoming(TcpListenerStream::new(listener), own, Routes::new(calls.clone()));
    (server, calls, addr)
}

#[tokio::test]
async fn a_timeout_holds() {
    let (_server, _, addr) = of_ones_own(Server::builder().timeout(Duration::from_millis(50))).await;
    let status = soon("the timeout", call(channel(addr), "Slow")).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::Cancelled, "{status}");
}

#[tokio::test]
async fn a_limit_of_calls_on_a_connection_holds() {
    let own = Server::builder().concurrency_limit_per_connection(1);
    let (server, calls, addr) = of_ones_own(own).await;
    let (channel, quiet) = (channel(addr), Raw::connect(addr).await);
    let slow = tokio::spawn(call(channel.clone(), "Slow"));
    soon("the handler", calls.entered.opened()).await;
    let waiting = tokio::spawn(call(channel, "Peer"));
    let stop = Stop::of(server);
    assert!(stop.outlives(quiet).await, "a call is in flight, and one waits");
    assert!(!waiting.is_finished(), "one at a time");
    calls.leave.open();
    assert_eq!(slow.await.unwrap().unwrap(), "finally");
    waiting.await.unwrap().unwrap();
    assert_eq!(stop.over().await, finished(2));
}

#[tokio::test]
async fn a_frame_size_holds() {
    let (_server, _, addr) = of_ones_own(Server::builder().max_frame_size(1 << 15)).await;
    let mut client = Raw::connect(addr).await;
    client.write(PREFACE_AND_SETTINGS).await;
    let (kind, settings) = read_frame(&mut client).await.unwrap();
    assert_eq!(kind, SETTINGS);
    let announced = settings.chunks(6).any(|setting| *setting == [0, 5, 0, 0, 0x80, 0]);
    assert!(announced, "SETTINGS_MAX_FRAME_SIZE of 32,768 in {settings:?}");
}

/// A peer that does not answer is disconnected long before any stop.
#[tokio::test]
async fn a_keep_alive_holds() {
    let short = Some(Duration::from_millis(10));
    let own = Server::builder().http2_keepalive_interval(short).http2_keepalive_timeout(short);
    let (server, _, addr) = of_ones_own(own).await;
    let mut client = Raw::connect(addr).await;
    client.write(PREFACE_AND_SETTINGS).await;
    let mut pinged = false;
    while let Some((kind, _)) = read_frame(&mut client).await {
        pinged |= kind == PING;
    }
    assert!(pinged, "it was asked before it was let go");
    eventually("the end of the connection", || server.task.connections().count() == 0).await;
    assert_eq!(Stop::of(server).over().await, Drained::default());
}
