//! The servers, plain and ours, all in one thread of their own.

use std::future::ready;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::connect_info::IntoMakeServiceWithConnectInfo;
use axum::routing::get;
use axum::serve::ListenerExt;
use cpu_time::ThreadTime;
use service_group_benches::{Unary, current_thread};
use service_group_servers::{GrpcServer, HttpServer, IntoHttpService};
use tokio::net::TcpListener;
use tokio::runtime::{Handle, Runtime};
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

use crate::clients::Clients;
use crate::{Turn, requests};

/// Two servers that are compared, the plain one first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pair {
    /// `axum::serve`, and an `HttpServer`.
    Http,
    /// The same, where handlers may ask for their peer's address.
    HttpConnectInfo,
    /// tonic's server, and what `GrpcServer::bind` makes.
    Grpc,
    /// The same server of tonic, with `GrpcServer::from_incoming` around it.
    GrpcIncoming,
}

/// The thread of the servers.
pub(crate) struct Host {
    thread: Handle,
    axum: SocketAddr,
    axum_connect_info: SocketAddr,
    http: SocketAddr,
    http_connect_info: SocketAddr,
    tonic: SocketAddr,
    grpc: SocketAddr,
    grpc_incoming: SocketAddr,
}

impl Pair {
    pub(crate) fn of(self, host: &Host) -> [SocketAddr; 2] {
        match self {
            Self::Http => [host.axum, host.http],
            Self::HttpConnectInfo => [host.axum_connect_info, host.http_connect_info],
            Self::Grpc => [host.tonic, host.grpc],
            Self::GrpcIncoming => [host.tonic, host.grpc_incoming],
        }
    }
}

impl Host {
    pub(crate) fn start() -> Self {
        let runtime = current_thread();
        let thread = runtime.handle().clone();
        let host = runtime.block_on(async {
            Self {
                thread,
                axum: axum(false).await,
                axum_connect_info: axum(true).await,
                http: http(router()).await,
                http_connect_info: http(connect_info()).await,
                tonic: tonic(),
                grpc: grpc().await,
                grpc_incoming: grpc_incoming(),
            }
        });
        thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
        host
    }

    /// What one run costs.
    pub(crate) fn cost(&self, runtime: &Runtime, clients: &mut Clients) -> Turn {
        runtime.block_on(async {
            let (processor, wall) = (self.processor().await, Instant::now());
            clients.ask(requests()).await;
            let wall = wall.elapsed();
            Turn { wall, processor: self.processor().await.saturating_sub(processor) }
        })
    }

    async fn processor(&self) -> Duration {
        let now = self.thread.spawn(async { ThreadTime::now().as_duration() });
        now.await.expect("the servers' thread lives as long as the process")
    }
}

fn router() -> Router {
    Router::new().route("/", get(async || "Hello, world!"))
}

fn connect_info() -> IntoMakeServiceWithConnectInfo<Router, SocketAddr> {
    router().into_make_service_with_connect_info()
}

async fn axum(with_connect_info: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = listener.local_addr().expect("a bound socket");
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    if with_connect_info {
        tokio::spawn(axum::serve(listener, connect_info()).into_future());
    } else {
        tokio::spawn(axum::serve(listener, router()).into_future());
    }
    addr
}

async fn http(make_service: impl IntoHttpService<TcpListener>) -> SocketAddr {
    let ours = HttpServer::bind("127.0.0.1:0", make_service).await.expect("a free port");
    forgotten(ours.local_addr().tcp().expect("on TCP"), ours)
}

fn incoming() -> (TcpIncoming, SocketAddr) {
    let incoming = TcpIncoming::bind(([127, 0, 0, 1], 0).into()).expect("a free port");
    let addr = incoming.local_addr().expect("a bound socket");
    (incoming.with_nodelay(Some(true)), addr)
}

fn tonic() -> SocketAddr {
    let (incoming, addr) = incoming();
    tokio::spawn(Server::builder().add_routes(echo()).serve_with_incoming(incoming));
    addr
}

async fn grpc() -> SocketAddr {
    let ours = GrpcServer::bind("127.0.0.1:0", echo()).await.expect("a free port");
    forgotten(ours.local_addr().tcp().expect("on TCP"), ours)
}

fn grpc_incoming() -> SocketAddr {
    let (incoming, addr) = incoming();
    forgotten(addr, GrpcServer::from_incoming(incoming, Server::builder(), echo()))
}

/// Served until the process ends.
fn forgotten(addr: SocketAddr, server: impl Sized) -> SocketAddr {
    std::mem::forget(server);
    addr
}

/// Answers with the message of the call.
fn echo() -> Routes {
    Routes::new(Unary(ready))
}
