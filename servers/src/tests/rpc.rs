//! A gRPC service of strings, without code generation.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::http::{Request, Response, uri::PathAndQuery};
use futures_util::{Stream, StreamExt};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::body::Body;
use tonic::client::Grpc as Client;
use tonic::server::{Grpc, NamedService, StreamingService, UnaryService};
use tonic::service::Routes;
use tonic::transport::{Channel, Server};
use tonic::{Status, Streaming};
use tonic_prost::ProstCodec;

use super::kit::{Gone, Latch};
use crate::{Draining, GrpcServer};

type ResponseFuture<T> = Pin<Box<dyn Future<Output = Result<tonic::Response<T>, Status>> + Send>>;
type Strings = Pin<Box<dyn Stream<Item = Result<String, Status>> + Send>>;

fn codec() -> ProstCodec<String, String> {
    ProstCodec::default()
}

/// `Peer` tells the client's address, `Certificates` how many it has, `ServerName` what name it asked for, `User` whether its user is known, `Upload` answers its message, `Late` takes a moment, `Slow` waits for `leave`, `Stuck` waits for ever, `Ticks` streams until it is
/// told, `Open` streams for ever; `Silent`, `Ticking` and `Flood` stream until `leave`, and say a last word.
#[derive(Clone)]
pub(super) struct Calls {
    pub(super) entered: Latch,
    pub(super) leave: Latch,
    pub(super) gone: Latch,
}

impl Calls {
    pub(super) fn new() -> Self {
        Self { entered: Latch::new(), leave: Latch::new(), gone: Latch::new() }
    }

    async fn answer(self, method: String, request: tonic::Request<String>) -> Result<String, Status> {
        match method.as_str() {
            "Peer" => Ok(request.remote_addr().map(|addr| addr.to_string()).unwrap_or_default()),
            "Certificates" => Ok(request.peer_certs().map_or(0, |certs| certs.len()).to_string()),
            #[cfg(feature = "tls")]
            "ServerName" => {
                let info = request.extensions().get::<crate::TlsInfo>().expect("a call over TLS");
                Ok(info.server_name().unwrap_or_default().to_owned())
            }
            #[cfg(unix)]
            "User" => {
                let info = request.extensions().get::<tonic::transport::server::UdsConnectInfo>();
                Ok(info.and_then(|info| info.peer_cred).is_some().to_string())
            }
            "Upload" => Ok("finally".to_owned()),
            "Late" => {
                tokio::time::sleep(Duration::from_millis(5)).await;
                Ok("finally".to_owned())
            }
            "Slow" => {
                self.entered.open();
                self.leave.opened().await;
                Ok("finally".to_owned())
            }
            _ => {
                let _gone = Gone(self.gone);
                self.entered.open();
                std::future::pending().await
            }
        }
    }

    fn stream(&self, method: &str, request: &tonic::Request<Streaming<String>>) -> Strings {
        self.entered.open();
        let silence = futures_util::stream::once(async { Ok("first".to_owned()) })
            .chain(futures_util::stream::pending());
        if method == "Open" {
            return Box::pin(silence);
        }
        if let Some(between) = until_leave(method) {
            let leave = self.leave.clone();
            let first = futures_util::stream::once(async { Ok("first".to_owned()) }).chain(between);
            let last = futures_util::stream::once(async { Ok("finally".to_owned()) });
            return Box::pin(first.take_until(Box::pin(async move { leave.opened().await })).chain(last));
        }
        let draining = request.extensions().get::<Draining>().expect("each request carries one");
        let goodbye = futures_util::stream::once(async { Err(Status::unavailable("goodbye")) });
        Box::pin(draining.until(silence).chain(goodbye))
    }
}

fn until_leave(method: &str) -> Option<Strings> {
    Some(match method {
        "Silent" => Box::pin(futures_util::stream::pending()),
        "Ticking" => Box::pin(futures_util::stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            Some((Ok("tick".to_owned()), ()))
        })),
        "Flood" => Box::pin(futures_util::stream::repeat_with(|| Ok("x".repeat(1 << 16)))),
        _ => return None,
    })
}

struct One(Calls, String);

impl UnaryService<String> for One {
    type Response = String;
    type Future = ResponseFuture<String>;

    fn call(&mut self, request: tonic::Request<String>) -> Self::Future {
        let answer = self.0.clone().answer(self.1.clone(), request);
        Box::pin(async { answer.await.map(tonic::Response::new) })
    }
}

struct Many(Calls, String);

impl StreamingService<String> for Many {
    type Response = String;
    type ResponseStream = Strings;
    type Future = ResponseFuture<Strings>;

    fn call(&mut self, request: tonic::Request<Streaming<String>>) -> Self::Future {
        let stream = self.0.stream(&self.1, &request);
        Box::pin(async {
            // A bidirectional call that reads as long as its client writes.
            let mut request = request.into_inner();
            tokio::spawn(async move { while let Ok(Some(_)) = request.message().await {} });
            Ok(tonic::Response::new(stream))
        })
    }
}

impl NamedService for Calls {
    const NAME: &'static str = "test.Calls";
}

impl tower_service::Service<Request<Body>> for Calls {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let calls = self.clone();
        let method = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
        Box::pin(async move {
            let mut grpc = Grpc::new(codec());
            Ok(match method.as_str() {
                "Open" | "Ticks" | "Silent" | "Ticking" | "Flood" => {
                    grpc.streaming(Many(calls, method), request).await
                }
                _ => grpc.unary(One(calls, method), request).await,
            })
        })
    }
}

fn path(method: &str) -> PathAndQuery {
    format!("/test.Calls/{method}").parse().unwrap()
}

/// The same routes in a loop of ours, and in that of a tonic server of one's own.
pub(super) async fn both(routes: impl Fn() -> Routes) -> [(GrpcServer, SocketAddr); 2] {
    let bound = GrpcServer::bind("127.0.0.1:0", routes()).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addrs = [bound.local_addr().tcp().unwrap(), listener.local_addr().unwrap()];
    let served = GrpcServer::from_incoming(TcpListenerStream::new(listener), Server::builder(), routes());
    [(bound, addrs[0]), (served, addrs[1])]
}

pub(super) fn channel(addr: SocketAddr) -> Channel {
    Channel::from_shared(format!("http://{addr}")).unwrap().connect_lazy()
}

pub(super) async fn call(channel: Channel, method: &str) -> Result<String, Status> {
    let mut client = Client::new(channel);
    client.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
    let answer = client.unary(tonic::Request::new(String::new()), path(method), codec()).await?;
    Ok(answer.into_inner())
}

/// Opens a stream, and holds its own side open as long as the stream lives.
pub(super) async fn open(channel: Channel, method: &str) -> Streaming<String> {
    let mut client = Client::new(channel);
    client.ready().await.unwrap();
    let request = tonic::Request::new(futures_util::stream::pending::<String>());
    client.streaming(request, path(method), codec()).await.unwrap().into_inner()
}
