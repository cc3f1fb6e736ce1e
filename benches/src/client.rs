//! A client with one connection, over HTTP/1 or HTTP/2.

use std::net::SocketAddr;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::UNARY_PATH;

/// The protocol of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.
    Http,
    /// gRPC over HTTP/2.
    Grpc,
}

/// A connection. Its futures run on the runtime that opened it.
#[derive(Debug)]
pub struct Client {
    sender: Sender,
    connection: JoinHandle<()>,
}

#[derive(Debug)]
enum Sender {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

/// Why a request was not answered.
#[derive(Debug)]
pub enum Failure {
    /// The connection had ended before the request left.
    Unsent,
    /// The request left, and no answer came.
    Lost,
}

impl Client {
    /// Opens a connection.
    ///
    /// # Errors
    ///
    /// When the server accepts none.
    ///
    /// # Panics
    ///
    /// When the server does not speak the protocol.
    pub async fn connect(protocol: Protocol, addr: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(addr).await?;
        stream.set_nodelay(true)?;
        let io = TokioIo::new(stream);
        // The error of a connection is ignored here: each request reports whether it was answered.
        let (sender, connection) = match protocol {
            Protocol::Http => {
                let (sender, connection) = http1::handshake(io).await.expect("nothing is sent yet");
                (Sender::Http1(sender), tokio::spawn(async { drop(connection.await) }))
            }
            Protocol::Grpc => {
                let handshake = http2::handshake(TokioExecutor::new(), io);
                let (sender, connection) = handshake.await.expect("the preface can be sent");
                (Sender::Http2(sender), tokio::spawn(async { drop(connection.await) }))
            }
        };
        Ok(Self { sender, connection })
    }

    /// Sends a request and returns its answer: the status, and the body.
    ///
    /// # Errors
    ///
    /// When no answer comes.
    pub async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<(StatusCode, Bytes), Failure> {
        let answer = async {
            let response: Response<Incoming> = match &mut self.sender {
                Sender::Http1(sender) => {
                    sender.ready().await?;
                    sender.send_request(request).await?
                }
                Sender::Http2(sender) => sender.send_request(request).await?,
            };
            let status = response.status();
            Ok((status, response.into_body().collect().await?.to_bytes()))
        };
        let failure = |error: hyper::Error| {
            if error.is_canceled() || error.is_closed() { Failure::Unsent } else { Failure::Lost }
        };
        answer.await.map_err(failure)
    }

    /// Sends a request to one of the programs of `whole_process`, and returns what it answers.
    ///
    /// # Panics
    ///
    /// When it does not answer.
    pub async fn ask(&mut self, what: &str) -> String {
        let request = match self.sender {
            Sender::Http1(_) => {
                Request::get(format!("/{what}")).header("host", "bench").body(Full::default())
            }
            Sender::Http2(_) => Request::post(format!("http://bench{UNARY_PATH}"))
                .header("content-type", "application/grpc")
                .header("te", "trailers")
                .body(Full::from(grpc_string(what))),
        };
        let (_, body) = self.send(request.expect("a request")).await.expect("an answer");
        let text = if matches!(self.sender, Sender::Http1(_)) { &body[..] } else { &body[PREFIX..] };
        String::from_utf8(text.to_vec()).expect("text")
    }

    /// Ends when the server has closed the connection.
    ///
    /// # Panics
    ///
    /// When the task of the connection does.
    pub async fn closed(self) {
        // A sender that is dropped would close it from here.
        let Self { sender, connection } = self;
        connection.await.expect("no panic");
        drop(sender);
    }
}

/// What stands before the text in a message of gRPC with one string: a byte, its length in four, a tag, that of the text.
const PREFIX: usize = 7;

fn grpc_string(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).expect("a short text");
    [&[0, 0, 0, 0, length + 2, 0x0a, length], text.as_bytes()].concat()
}
