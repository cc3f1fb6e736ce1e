//! Limits of the user's own tonic server, and calls that wait there, where ours does not see them.

use std::time::Duration;

use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::service::Routes;
use tonic::transport::{Channel, Server};
use tower::limit::GlobalConcurrencyLimitLayer;

use super::kit::{Stop, eventually, soon};
use super::rpc::{Calls, call};
use crate::membership::Live;
use crate::report::Drained;
use crate::server::GrpcServer;

/// Lets in one call at a time, of whatever connection.
async fn narrow() -> (GrpcServer, Calls, [Channel; 2]) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (calls, own) = (Calls::new(), Server::builder().layer(GlobalConcurrencyLimitLayer::new(1)));
    let server = GrpcServer::serve(TcpListenerStream::new(listener), own, Routes::new(calls.clone()));
    let connect = || Channel::from_shared(format!("http://{addr}")).unwrap().connect_lazy();
    (server, calls, [connect(), connect()])
}

#[tokio::test]
async fn a_call_that_waits_is_answered() {
    let (server, calls, [one, other]) = narrow().await;
    let slow = tokio::spawn(call(one, "Slow"));
    soon("the handler", calls.entered.opened()).await;
    let waiting = tokio::spawn(call(other, "Slow"));
    eventually("both", || server.core.gate().connections() == 2).await;
    let stop = Stop::of(server);
    tokio::time::sleep(Duration::from_millis(400)).await;
    calls.leave.open();
    assert_eq!(slow.await.unwrap().unwrap(), "finally");
    assert_eq!(soon("its turn", waiting).await.unwrap().unwrap(), "finally");
    assert_eq!(stop.over().await, Drained { finished: 2, ..Drained::default() });
}

#[tokio::test]
async fn a_call_that_waits_is_cut_when_forced() {
    let (server, calls, [one, other]) = narrow().await;
    let slow = tokio::spawn(call(one, "Slow"));
    soon("the handler", calls.entered.opened()).await;
    let waiting = tokio::spawn(call(other, "Slow"));
    let gate = std::sync::Arc::clone(server.core.gate());
    eventually("both", || gate.connections() == 2).await;
    let stop = Stop::of(server);
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!((gate.numbers().connections, gate.numbers().requests), (2, 1));
    let drained = stop.forced().await;
    assert_eq!((drained.finished, drained.cut, drained.left), (0, 2, 0), "{drained:?}");
    let mut cuts: Vec<_> = drained.cuts.iter().map(|cut| &*cut.what).collect();
    cuts.sort_unstable();
    assert_eq!(cuts, ["/test.Calls/Slow", "a call in no handler"]);
    slow.await.unwrap().unwrap_err();
    waiting.await.unwrap().unwrap_err();
}

async fn of_ones_own(own: Server) -> (GrpcServer, Calls, Channel) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (addr, calls) = (listener.local_addr().unwrap(), Calls::new());
    let server = GrpcServer::serve(TcpListenerStream::new(listener), own, Routes::new(calls.clone()));
    (server, calls, Channel::from_shared(format!("http://{addr}")).unwrap().connect_lazy())
}

#[tokio::test]
async fn a_timeout_holds() {
    let (_server, _, channel) = of_ones_own(Server::builder().timeout(Duration::from_millis(50))).await;
    let status = soon("the timeout", call(channel, "Slow")).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::Cancelled, "{status}");
}

#[tokio::test]
async fn a_limit_of_calls_on_a_connection_holds() {
    let own = Server::builder().concurrency_limit_per_connection(1);
    let (server, calls, channel) = of_ones_own(own).await;
    let slow = tokio::spawn(call(channel.clone(), "Slow"));
    soon("the handler", calls.entered.opened()).await;
    let waiting = tokio::spawn(call(channel, "Peer"));
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!waiting.is_finished(), "one at a time");
    let stop = Stop::of(server);
    tokio::time::sleep(Duration::from_millis(300)).await;
    calls.leave.open();
    assert_eq!(slow.await.unwrap().unwrap(), "finally");
    waiting.await.unwrap().unwrap();
    assert_eq!(stop.over().await, Drained { finished: 2, ..Drained::default() });
}
