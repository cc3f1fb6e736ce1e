//! The clients: cheaper than the servers, so that it is these that are measured.

mod http2;

use std::fmt;
use std::net::SocketAddr;

use futures_util::future::join_all;
use http2::Http2;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::servers::Pair;

/// What is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http1,
    Http2,
    Grpc,
}

/// What is asked of a server at a time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) pair: Pair,
    protocol: Protocol,
    connections: usize,
    /// Requests of each connection, which go and come together.
    streams: usize,
}

impl Load {
    pub(crate) const ALL: [Self; 10] = [
        Self::new(Pair::Http, Protocol::Http1, 32, 1),
        Self::new(Pair::Http, Protocol::Http2, 32, 1),
        Self::new(Pair::Http, Protocol::Http2, 4, 16),
        Self::new(Pair::HttpConnectInfo, Protocol::Http1, 32, 1),
        Self::new(Pair::HttpConnectInfo, Protocol::Http2, 32, 1),
        Self::new(Pair::HttpConnectInfo, Protocol::Http2, 4, 16),
        Self::new(Pair::Grpc, Protocol::Grpc, 32, 1),
        Self::new(Pair::Grpc, Protocol::Grpc, 4, 16),
        Self::new(Pair::GrpcIncoming, Protocol::Grpc, 32, 1),
        Self::new(Pair::GrpcIncoming, Protocol::Grpc, 4, 16),
    ];

    const fn new(pair: Pair, protocol: Protocol, connections: usize, streams: usize) -> Self {
        Self { pair, protocol, connections, streams }
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = match self.protocol {
            Protocol::Http1 => "HTTP/1",
            Protocol::Http2 => "HTTP/2",
            Protocol::Grpc => "gRPC unary",
        };
        let pair = match self.pair {
            Pair::Http | Pair::Grpc => "",
            Pair::HttpConnectInfo => ", `ConnectInfo`",
            Pair::GrpcIncoming => ", by `from_incoming`",
        };
        write!(f, "{protocol}, {} x {}{pair}", self.connections, self.streams)
    }
}

/// Open connections to one server.
pub(crate) enum Clients {
    Http1(Vec<Http1>),
    Http2(Vec<Http2>),
}

impl Clients {
    pub(crate) async fn connect(load: Load, addr: SocketAddr) -> Self {
        let connections = 0..load.connections;
        if load.protocol == Protocol::Http1 {
            return Self::Http1(join_all(connections.map(|_| Http1::connect(addr))).await);
        }
        let connect = |_| Http2::connect(addr, load.protocol, load.streams);
        Self::Http2(join_all(connections.map(connect)).await)
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
