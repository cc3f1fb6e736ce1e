//! The clients: cheaper than the servers, so that it is these that are measured.

use std::fmt;
use std::net::SocketAddr;

use axum::body::Bytes;
use futures_util::future::join_all;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2::{self, SendRequest};
use hyper::{Method, Request, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Connections over HTTP/1, one request at a time on each.
const HTTP1_CONNECTIONS: usize = 32;

/// Connections over HTTP/2, ..
const HTTP2_CONNECTIONS: usize = 4;

/// .. and requests at a time on each.
const STREAMS: usize = 16;

/// What is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http1,
    Http2,
    Grpc,
}

impl Protocol {
    pub(crate) const ALL: [Self; 3] = [Self::Http1, Self::Http2, Self::Grpc];
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Http1 => "HTTP/1",
            Self::Http2 => "HTTP/2",
            Self::Grpc => "gRPC unary",
        })
    }
}

/// Open connections to one server.
pub(crate) enum Clients {
    Http1(Vec<Http1>),
    Http2(Vec<Http2>),
}

impl Clients {
    pub(crate) async fn connect(protocol: Protocol, addr: SocketAddr) -> Self {
        if protocol == Protocol::Http1 {
            return Self::Http1(join_all((0..HTTP1_CONNECTIONS).map(|_| Http1::connect(addr))).await);
        }
        Self::Http2(join_all((0..HTTP2_CONNECTIONS).map(|_| Http2::connect(addr, protocol))).await)
    }

    /// Asks so many times, and waits for all answers.
    pub(crate) async fn ask(&mut self, times: usize) {
        match self {
            Self::Http1(clients) => {
                let times = times / clients.len();
                join_all(clients.iter_mut().map(|client| client.ask(times))).await;
            }
            Self::Http2(clients) => {
                let times = times / clients.len() / STREAMS;
                let streams = clients.iter().flat_map(|client| (0..STREAMS).map(|_| client.clone()));
                join_all(streams.map(|mut stream| async move { stream.ask(times).await })).await;
            }
        }
    }
}

/// Knows how long an answer is, so that it need not read it.
pub(crate) struct Http1 {
    stream: TcpStream,
    length: usize,
}

impl Http1 {
    async fn connect(addr: SocketAddr) -> Self {
        let stream = connect(addr).await;
        let mut client = Self { stream, length: 0 };
        client.write().await;
        client.length = client.stream.read(&mut [0; 4096]).await.expect("an answer in one piece");
        client
    }

    async fn write(&mut self) {
        self.stream.write_all(b"GET / HTTP/1.1\r\nhost: bench\r\n\r\n").await.expect("an open connection");
    }

    async fn ask(&mut self, times: usize) {
        let mut answer = vec![0; self.length];
        for _ in 0..times {
            self.write().await;
            self.stream.read_exact(&mut answer).await.expect("a whole answer");
        }
    }
}

#[derive(Clone)]
pub(crate) struct Http2 {
    sender: SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
}

impl Http2 {
    async fn connect(addr: SocketAddr, protocol: Protocol) -> Self {
        let io = TokioIo::new(connect(addr).await);
        let (sender, connection) = http2::handshake(TokioExecutor::new(), io).await.expect("a handshake");
        tokio::spawn(connection);
        let request = if protocol == Protocol::Grpc { call() } else { get() };
        Self { sender, request }
    }

    async fn ask(&mut self, times: usize) {
        for _ in 0..times {
            self.sender.ready().await.expect("an open connection");
            let answer = self.sender.send_request(self.request.clone()).await.expect("an answer");
            assert!(answer.status().is_success());
            answer.into_body().collect().await.expect("a whole answer");
        }
    }
}

fn get() -> Request<Full<Bytes>> {
    let request = Request::builder().version(Version::HTTP_2).uri("http://bench/");
    request.body(Full::default()).expect("a request")
}

fn call() -> Request<Full<Bytes>> {
    // One message, not compressed, of seven bytes: field 1, a string of five.
    let message = Bytes::from_static(b"\0\0\0\0\x07\x0a\x05hello");
    let request = Request::builder().version(Version::HTTP_2).method(Method::POST);
    let request = request.uri("http://bench/bench.Echo/Call");
    let request = request.header("content-type", "application/grpc").header("te", "trailers");
    request.body(Full::new(message)).expect("a request")
}

async fn connect(addr: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(addr).await.expect("a server that listens");
    stream.set_nodelay(true).expect("an open socket");
    stream
}
