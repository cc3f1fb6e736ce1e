//! A client cannot tell apart the servers of this crate and those of axum and tonic.

#[cfg(feature = "grpc")]
mod grpc;
#[cfg(feature = "http2")]
mod http;

use std::fmt::Write as _;
use std::net::SocketAddr;

use axum::body::Bytes;
use axum::http::{HeaderMap, Request, Version};
use tokio::net::TcpStream;

use super::http2::{PREFACE_AND_SETTINGS, SETTINGS, read_frame};
use super::kit::{Raw, soon};

/// Two servers with the same service: one of this crate, and its peer.
struct Both<S> {
    _servers: S,
    addrs: [SocketAddr; 2],
}

impl<S> Both<S> {
    /// Sends this request to both over HTTP/2, and returns the answer, which is the same.
    async fn answer(&self, what: &str, request: impl Fn() -> Request<()>, body: &'static [u8]) -> String {
        let [mut ours, mut theirs] = [String::new(), String::new()];
        for (addr, answer) in self.addrs.into_iter().zip([&mut ours, &mut theirs]) {
            *answer = soon(what, answer_of(addr, request(), body)).await;
        }
        assert_eq!(ours, theirs, "{what}");
        ours
    }

    /// Writes these bytes to both, and returns all bytes until the end of the connection, which are the same except for
    /// the time of day.
    async fn answer_bytes(&self, what: &str, bytes: &[u8]) -> String {
        let [mut ours, mut theirs] = [String::new(), String::new()];
        for (addr, answer) in self.addrs.into_iter().zip([&mut ours, &mut theirs]) {
            let mut client = Raw::connect(addr).await;
            client.write(bytes).await;
            *answer = without_date(&String::from_utf8_lossy(&client.read_to_end().await));
        }
        assert_eq!(ours, theirs, "{what}");
        ours
    }

    /// The frames of both are the same from the start of a connection to the acknowledgement of the client's settings.
    async fn assert_same_settings(&self) {
        let [mut ours, mut theirs] = [Vec::new(), Vec::new()];
        for (addr, frames) in self.addrs.into_iter().zip([&mut ours, &mut theirs]) {
            let mut client = Raw::connect(addr).await;
            client.write(PREFACE_AND_SETTINGS).await;
            let is_acknowledgement =
                |(kind, payload): &(u8, Vec<u8>)| *kind == SETTINGS && payload.is_empty();
            while !frames.last().is_some_and(is_acknowledgement) {
                frames.push(read_frame(&mut client).await.expect("the connection is open"));
            }
        }
        assert_eq!(ours, theirs);
    }
}

/// A connection over HTTP/2 whose client knows the settings of the server.
async fn connected(addr: SocketAddr) -> h2::client::SendRequest<Bytes> {
    let stream = TcpStream::connect(addr).await.unwrap();
    let (client, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let mut client = client.ready().await.unwrap();
    // An answer comes after the settings, which may allow a WebSocket.
    let first = Request::get("http://test/").version(Version::HTTP_2).body(()).unwrap();
    client.send_request(first, true).unwrap().0.await.unwrap();
    client
}

/// All that a client receives for a request, except for the time of day.
async fn answer_of(addr: SocketAddr, request: Request<()>, body: &'static [u8]) -> String {
    let mut client = connected(addr).await;
    let (answer, mut sending) = client.send_request(request, body.is_empty()).unwrap();
    if !body.is_empty() {
        // A server that has answered already refuses it.
        let _ = sending.send_data(Bytes::from_static(body), true);
    }
    let mut text = String::new();
    match answer.await {
        Err(error) => write!(text, "{error}").unwrap(),
        Ok(answer) => {
            let (head, mut body) = answer.into_parts();
            write!(text, "{} {}", head.status, sorted(&head.headers)).unwrap();
            while let Some(data) = body.data().await {
                write!(text, " {data:?}").unwrap();
            }
            let trailers = body.trailers().await;
            let trailers = trailers.map(|trailers| trailers.as_ref().map(sorted).unwrap_or_default());
            write!(text, " {}", trailers.unwrap_or_else(|error| error.to_string())).unwrap();
        }
    }
    text
}

/// The headers in the order of their names, without the time of day.
fn sorted(headers: &HeaderMap) -> String {
    let lines = headers.iter().filter(|(name, _)| *name != "date");
    let mut lines: Vec<_> = lines.map(|(name, value)| format!("{name}: {value:?}")).collect();
    lines.sort_unstable();
    lines.join(", ")
}

/// A server may answer in the next second of the clock.
fn without_date(answer: &str) -> String {
    answer.split("\r\n").filter(|line| !line.starts_with("date: ")).collect::<Vec<_>>().join("\r\n")
}
