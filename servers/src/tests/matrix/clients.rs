//! Clients that do one thing, and then wait for the test.

use axum::body::{Body, Bytes};
use axum::http::{Method, Request, Version};
use futures_util::{StreamExt, stream};
use http_body_util::BodyExt;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinHandle;

use super::super::kit::{Latch, soon};
use super::place::{Way, Wire};

const LAST_CHUNK: &str = "\r\n0\r\n\r\n";

/// A message of gRPC that is an empty string.
pub(super) const EMPTY: &[u8] = b"\0\0\0\0\0";

/// What a client does before the stop.
#[derive(Debug, Clone, Copy)]
pub(super) enum Does {
    /// Connects, and does not begin its handshake.
    Connects,
    /// Writes these bytes.
    Writes(&'static [u8]),
    /// Asks once, reads the answer, and writes these bytes.
    AsksThenWrites(&'static [u8]),
    /// Writes these bytes, and reads up to these.
    WritesAndReads(&'static [u8], &'static str),
    /// Asks over HTTP/2 and waits for the whole answer: the path, the start of the body, and the rest.
    Asks(&'static str, &'static [u8], Option<&'static [u8]>),
    /// Asks over HTTP/2, and reads nothing of the body before the test lets it.
    AsksAndDoesNotRead(&'static str),
    /// Asks over HTTP/2, reads the answer, and keeps the connection.
    StopRequest(&'static str),
}

/// How a request comes to its end.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ends {
    /// There is none: the client leaves.
    Nothing,
    /// The handler is let go, and answers.
    Leave,
    /// The handler is let go, and its socket closes.
    Closes,
    /// The client sends the rest over HTTP/1, or over HTTP/2.
    Rest(&'static [u8]),
    /// The client leaves, which ends what its request has become.
    HangUp,
}

/// A client in the middle of what it does.
pub(super) enum Client {
    Bytes(Wire),
    Streams(Streams),
}

/// A request over HTTP/2.
pub(super) struct Streams {
    /// Dropped, it would end the connection.
    _sender: http2::SendRequest<Body>,
    connection: JoinHandle<()>,
    answer: JoinHandle<Result<Bytes, String>>,
    /// Sends the rest, and reads.
    told: Latch,
}

impl Client {
    pub(super) async fn begin(does: Does, way: &Way) -> Self {
        if let Does::Connects = does {
            return Self::Bytes(way.connect_bare().await);
        }
        let mut wire = way.connect().await;
        match does {
            Does::Connects => {}
            Does::Writes(bytes) => write(&mut wire, bytes).await,
            Does::AsksThenWrites(bytes) => {
                write(&mut wire, b"GET / HTTP/1.1\r\nhost: test\r\n\r\n").await;
                read_to(&mut wire, "hello").await;
                write(&mut wire, bytes).await;
            }
            Does::WritesAndReads(bytes, text) => {
                write(&mut wire, bytes).await;
                read_to(&mut wire, text).await;
            }
            Does::Asks(path, first, rest) => return Self::Streams(ask(wire, path, first, rest, true).await),
            Does::AsksAndDoesNotRead(path) => {
                return Self::Streams(ask(wire, path, EMPTY, None, false).await);
            }
            Does::StopRequest(path) => {
                let mut streams = ask(wire, path, EMPTY, None, true).await;
                soon("an answer", &mut streams.answer).await.unwrap().unwrap();
                return Self::Streams(streams);
            }
        }
        Self::Bytes(wire)
    }

    /// Lets the request end, and checks that the whole answer comes.
    pub(super) async fn finish(self, ends: Ends, leave: &Latch) {
        if let Ends::Leave | Ends::Closes = ends {
            leave.open();
        }
        match (self, ends) {
            (Self::Bytes(mut wire), Ends::Leave) => expect(&mut wire).await,
            (Self::Bytes(mut wire), Ends::Rest(bytes)) => {
                write(&mut wire, bytes).await;
                expect(&mut wire).await;
            }
            (Self::Bytes(mut wire), Ends::Closes) => {
                let _ = soon("the end of the connection", wire.read_to_end(&mut Vec::new())).await;
            }
            (Self::Bytes(wire), _) => drop(wire),
            (Self::Streams(streams), Ends::Nothing | Ends::HangUp) => streams.connection.abort(),
            (Self::Streams(streams), _) => {
                streams.told.open();
                let answer = soon("the answer", streams.answer).await.unwrap().unwrap();
                assert!(answer.ends_with(b"finally"), "not the whole answer: {answer:?}");
            }
        }
    }

    /// Waits for the end that the server makes.
    pub(super) async fn cut(self) {
        match self {
            Self::Bytes(mut wire) => {
                let _ = soon("the end of the connection", wire.read_to_end(&mut Vec::new())).await;
            }
            Self::Streams(streams) => {
                streams.told.open();
                soon("the end of the connection", streams.connection).await.unwrap();
            }
        }
    }
}

async fn ask(
    wire: Wire,
    path: &'static str,
    first: &'static [u8],
    rest: Option<&'static [u8]>,
    reads: bool,
) -> Streams {
    let told = Latch::new();
    let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(wire)).await.unwrap();
    let connection = tokio::spawn(async move { drop(connection.await) });
    let (mut asking, request, tell) =
        (sender.clone(), request(path, first, rest, told.clone()), told.clone());
    let answer = tokio::spawn(async move {
        let answer = asking.send_request(request).await.map_err(|error| format!("{error:?}"))?;
        if !reads {
            tell.opened().await;
        }
        let body = answer.into_body().collect().await.map_err(|error| format!("{error:?}"))?;
        Ok(body.to_bytes())
    });
    Streams { _sender: sender, connection, answer, told }
}

fn request(path: &str, first: &'static [u8], rest: Option<&'static [u8]>, told: Latch) -> Request<Body> {
    let request = Request::builder().version(Version::HTTP_2).method(Method::POST);
    let request = request.uri(format!("http://test{path}"));
    let request = if path.contains('.') {
        request.header("content-type", "application/grpc").header("te", "trailers")
    } else {
        request
    };
    let begin = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(first))]);
    let body = match rest {
        Some(rest) => Body::from_stream(begin.chain(stream::once(async move {
            told.opened().await;
            Ok(Bytes::from_static(rest))
        }))),
        None => Body::from(first),
    };
    request.body(body).unwrap()
}

async fn write(wire: &mut Wire, bytes: &[u8]) {
    soon("to write", wire.write_all(bytes)).await.expect("an open connection");
    soon("to flush", wire.flush()).await.expect("an open connection");
}

async fn read_to(wire: &mut Wire, text: &str) {
    let mut read = String::new();
    while !read.contains(text) {
        let mut bytes = [0; 4096];
        match soon(text, wire.read(&mut bytes)).await {
            Ok(count) if count > 0 => read.push_str(&String::from_utf8_lossy(&bytes[..count])),
            end => panic!("{text:?} never came, but {end:?} after {read:?}"),
        }
    }
}

/// The last word, the end of a chunked body or of a pipelined answer, and the end of the connection.
async fn expect(wire: &mut Wire) {
    let mut read = Vec::new();
    let _ = soon("the end of the connection", wire.read_to_end(&mut read)).await;
    let tail = String::from_utf8_lossy(&read[read.len().saturating_sub(200)..]).into_owned();
    let (_, end) = tail.split_once("finally").unwrap_or_else(|| panic!("not the whole answer: {tail}"));
    let pipelined = end.starts_with(LAST_CHUNK) && end.ends_with("\r\n\r\nhello");
    assert!(end.is_empty() || end == LAST_CHUNK || pipelined, "not the whole answer: {tail}");
}
