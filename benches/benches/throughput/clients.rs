//! The clients: cheaper than the servers, so that it is these that are measured.

mod http2;

use std::fmt;
use std::net::SocketAddr;

use futures_util::future::join_all;
use http2::Http2;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Connections over HTTP/1, one request at a time on each.
const HTTP1_CONNECTIONS: usize = 32;

/// Connections over HTTP/2, several requests at a time on each.
const HTTP2_CONNECTIONS: usize = 4;

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
                let times = times / clients.len();
                join_all(clients.iter_mut().map(|client| client.ask(times))).await;
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

async fn connect(addr: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(addr).await.expect("a server that listens");
    stream.set_nodelay(true).expect("an open socket");
    stream
}
