//! The clients: each asks as long as it finds a server, and returns the outcomes of its requests.

use std::error::Error;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::{Method, Request, Version};
use http_body_util::BodyExt;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::super::kit::soon;

/// What became of the requests.
#[derive(Debug, Default)]
pub(super) struct Count {
    pub(super) sent: usize,
    pub(super) answered: usize,
    /// Can be sent again elsewhere.
    pub(super) refused: usize,
    pub(super) lost: Vec<String>,
}

/// What one request came to.
enum RequestKind {
    Answered,
    /// Answered, with notice that it was the last.
    Last,
    Refused,
    Lost(String),
}

pub(super) type Counter = Arc<Mutex<Count>>;

/// Asks on one connection after the other, until there is no server.
pub(super) async fn asks_http1(addr: SocketAddr, counter: Counter) {
    while let Ok(mut stream) = TcpStream::connect(addr).await {
        stream.set_nodelay(true).unwrap();
        for asked in 0.. {
            let fate = soon("an answer", ask_http1(&mut stream, asked)).await;
            if counter.lock().unwrap().note(&fate) {
                break;
            }
        }
    }
}

async fn ask_http1(stream: &mut TcpStream, asked: usize) -> RequestKind {
    let method = if asked.is_multiple_of(2) { "GET" } else { "POST" };
    let request = format!("{method} / HTTP/1.1\r\nhost: test\r\ncontent-length: 0\r\n\r\n");
    let mut read = Vec::new();
    let error = match stream.write_all(request.as_bytes()).await {
        Ok(()) => loop {
            match stream.read_buf(&mut read).await {
                Ok(0) => break "the end".to_owned(),
                Ok(_) if read.ends_with(b"hello") => return answered(&read),
                Ok(_) => {}
                Err(error) => break error.to_string(),
            }
        },
        Err(error) => error.to_string(),
    };
    // The kernel takes connections before the server does, and resets them when the server is gone.
    if asked == 0 && read.is_empty() {
        return RequestKind::Refused;
    }
    RequestKind::Lost(format!("request {asked} of its connection: {error} after {} bytes", read.len()))
}

fn answered(answer: &[u8]) -> RequestKind {
    let is_last = String::from_utf8_lossy(answer).contains("connection: close");
    if is_last { RequestKind::Last } else { RequestKind::Answered }
}

pub(super) async fn asks_http2(addr: SocketAddr, counter: Counter, path: &'static str) {
    while let Ok(stream) = TcpStream::connect(addr).await {
        stream.set_nodelay(true).unwrap();
        let io = TokioIo::new(stream);
        let Ok((sender, connection)) = http2::handshake(TokioExecutor::new(), io).await else { continue };
        let connection = tokio::spawn(connection);
        // Two streams at a time.
        tokio::join!(asks_on(sender.clone(), &counter, path), asks_on(sender, &counter, path));
        let _ = soon("the end of the connection", connection).await;
    }
}

async fn asks_on(mut sender: http2::SendRequest<Body>, counter: &Counter, path: &str) {
    for asked in 0.. {
        if sender.ready().await.is_err() {
            return;
        }
        let fate = soon("an answer", ask_http2(&mut sender, asked, path)).await;
        if counter.lock().unwrap().note(&fate) {
            return;
        }
    }
}

async fn ask_http2(sender: &mut http2::SendRequest<Body>, asked: usize, path: &str) -> RequestKind {
    let is_call = path.contains('.');
    let method = if is_call || asked % 2 == 1 { Method::POST } else { Method::GET };
    let request = Request::builder().version(Version::HTTP_2).method(method);
    let request = request.uri(format!("http://test{path}"));
    let (request, body) = if is_call {
        (request.header("content-type", "application/grpc").header("te", "trailers"), &b"\0\0\0\0\0"[..])
    } else {
        (request, &b""[..])
    };
    let whole = async {
        let answer = sender.send_request(request.body(Body::from(body)).unwrap()).await?;
        Ok::<_, hyper::Error>(answer.into_body().collect().await?.trailers().is_some())
    };
    match whole.await {
        Ok(with_trailers) if with_trailers == is_call => RequestKind::Answered,
        Ok(_) => RequestKind::Lost(format!("stream {asked}: half an answer")),
        Err(error) if is_refused(&error) => RequestKind::Refused,
        Err(error) => RequestKind::Lost(format!("stream {asked}: {error:?}")),
    }
}

/// Never sent, or on a stream above the last that the server takes.
fn is_refused(error: &hyper::Error) -> bool {
    let Some(error) = error.source().and_then(|source| source.downcast_ref::<h2::Error>()) else {
        return error.is_canceled();
    };
    let clean = error.reason() == Some(h2::Reason::NO_ERROR) && error.is_go_away();
    clean || error.reason() == Some(h2::Reason::REFUSED_STREAM)
}

impl Count {
    /// Returns whether the connection is over.
    fn note(&mut self, fate: &RequestKind) -> bool {
        self.sent += 1;
        match fate {
            RequestKind::Answered | RequestKind::Last => self.answered += 1,
            RequestKind::Refused => self.refused += 1,
            RequestKind::Lost(how) => self.lost.push(how.clone()),
        }
        !matches!(fate, RequestKind::Answered)
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.answered += other.answered;
        self.refused += other.refused;
        self.lost.extend_from_slice(&other.lost);
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sent, answered, refused, lost } = self;
        write!(f, "{sent} sent, {answered} answered, {refused} refused, {} lost", lost.len())
    }
}
