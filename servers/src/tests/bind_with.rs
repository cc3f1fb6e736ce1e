//! A tonic server of the user's own on an address: `GrpcServer::bind_with`.

use std::time::Duration;

use tonic::service::{InterceptorLayer, Routes};
use tonic::transport::Server;
use tonic::{Code, Request, Status};

use super::kit::{Latch, Raw, Stop, finished, soon};
use super::rpc::{Calls, call};
use crate::GrpcServer;

#[tokio::test]
async fn layers_and_limits_apply_and_a_channel_reaches_it() {
    let (calls, seen) = (Calls::new(), Latch::new());
    let see = seen.clone();
    let layer = InterceptorLayer::new(move |request: Request<()>| {
        see.open();
        request.remote_addr().map(|_| request).ok_or_else(|| Status::internal("no peer"))
    });
    let limited = Server::builder().concurrency_limit_per_connection(8).layer(layer);
    let server = GrpcServer::bind_with("0.0.0.0:0", limited, Routes::new(calls.clone())).await.unwrap();
    let addr = server.local_addr().tcp().expect("it listens on TCP");
    assert!(addr.ip().is_unspecified() && addr.port() != 0);
    let slow = tokio::spawn(call(server.channel().unwrap(), "Slow"));
    soon("the handler", calls.entered.opened()).await;
    assert!(seen.is_open());
    let quiet = Raw::connect(([127, 0, 0, 1], addr.port()).into()).await;
    let stop = Stop::of(server);
    assert!(stop.outlives(quiet).await, "it waits for the call");
    calls.leave.open();
    assert_eq!(slow.await.unwrap().unwrap(), "finally");
    assert_eq!(stop.over().await, finished(1));
}

#[tokio::test]
async fn a_timeout_of_the_server_ends_a_call() {
    let limited = Server::builder().timeout(Duration::from_millis(1));
    let server = GrpcServer::bind_with("127.0.0.1:0", limited, Routes::new(Calls::new())).await.unwrap();
    let status = soon("the answer", call(server.channel().unwrap(), "Stuck")).await.unwrap_err();
    assert_eq!(status.code(), Code::Cancelled, "what tonic answers: {status:?}");
}

#[tokio::test]
async fn the_error_names_the_address() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap();
    let error = GrpcServer::bind_with(addr, Server::builder(), Routes::default()).await.unwrap_err();
    assert!(error.to_string().starts_with(&format!("cannot listen on {addr}: ")), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_path_is_created_and_removed() {
    let path = std::env::temp_dir().join(format!("service-group-bind-with-{}.sock", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let server = GrpcServer::bind_with(&path, Server::builder(), Routes::default()).await.unwrap();
    assert_eq!(server.local_addr().unix_path(), Some(&*path));
    let error = server.channel().unwrap_err().to_string();
    assert!(error.contains("`GrpcServer::bind` or `bind_with` on TCP"), "{error}");
    drop(soon("the client", tokio::net::UnixStream::connect(&path)).await.unwrap());
    assert_eq!(Stop::of(server).over().await, finished(0));
    assert!(!path.exists());
}
