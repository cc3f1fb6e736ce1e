//! The servers, plain and ours, all in one thread of their own.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::{Request, Response};
use axum::routing::get;
use axum::serve::ListenerExt;
use cpu_time::ThreadTime;
use service_group::{GrpcServer, HttpServer};
use service_group_benches::current_thread;
use tokio::net::TcpListener;
use tokio::runtime::{Handle, Runtime};
use tonic::body::Body;
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic_prost::ProstCodec;

use crate::clients::{Clients, Protocol};
use crate::{REQUESTS, Run};

/// The thread of the servers.
pub(crate) struct Host {
    thread: Handle,
    http: [SocketAddr; 2],
    grpc: [SocketAddr; 2],
}

impl Host {
    pub(crate) fn start() -> Self {
        let runtime = current_thread();
        let thread = runtime.handle().clone();
        let (http, grpc) = runtime.block_on(async { (http().await, grpc().await) });
        thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
        Self { thread, http, grpc }
    }

    /// Those of the plain server and ours.
    pub(crate) fn addresses(&self, protocol: Protocol) -> [SocketAddr; 2] {
        if protocol == Protocol::Grpc { self.grpc } else { self.http }
    }

    /// What one run costs.
    pub(crate) fn cost(&self, runtime: &Runtime, clients: &mut Clients) -> Run {
        runtime.block_on(async {
            let (processor, wall) = (self.processor().await, Instant::now());
            clients.ask(REQUESTS).await;
            let wall = wall.elapsed();
            Run { wall, processor: self.processor().await.saturating_sub(processor) }
        })
    }

    async fn processor(&self) -> Duration {
        let now = self.thread.spawn(async { ThreadTime::now().as_duration() });
        now.await.expect("the servers' thread lives as long as the process")
    }
}

async fn http() -> [SocketAddr; 2] {
    let router = || Router::new().route("/", get(async || "Hello, world!"));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let plain = listener.local_addr().expect("a bound socket");
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    tokio::spawn(axum::serve(listener, router()).into_future());
    let ours = HttpServer::bind("127.0.0.1:0", router()).await.expect("a free port");
    [plain, forgotten(ours.local_addr(), ours)]
}

async fn grpc() -> [SocketAddr; 2] {
    let incoming =
        TcpIncoming::bind(([127, 0, 0, 1], 0).into()).expect("a free port").with_nodelay(Some(true));
    let plain = incoming.local_addr().expect("a bound socket");
    tokio::spawn(Server::builder().add_routes(Routes::new(Echo)).serve_with_incoming(incoming));
    let ours = GrpcServer::bind("127.0.0.1:0", Routes::new(Echo)).await.expect("a free port");
    [plain, forgotten(ours.local_addr(), ours)]
}

/// Served until the process ends.
fn forgotten(addr: SocketAddr, server: impl Sized) -> SocketAddr {
    std::mem::forget(server);
    addr
}

/// Gives back what it is given.
#[derive(Clone)]
struct Echo;

impl UnaryService<String> for Echo {
    type Response = String;
    type Future = Ready<Result<tonic::Response<String>, tonic::Status>>;

    fn call(&mut self, request: tonic::Request<String>) -> Self::Future {
        ready(Ok(tonic::Response::new(request.into_inner())))
    }
}

impl NamedService for Echo {
    const NAME: &'static str = "bench.Echo";
}

impl tower_service::Service<Request<Body>> for Echo {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let mut grpc = Grpc::new(ProstCodec::<String, String>::default());
        Box::pin(async move { Ok(grpc.unary(Self, request).await) })
    }
}
