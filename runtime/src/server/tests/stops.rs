//! Stops under a load that does not pause: no request is lost.
//!
//! Clients keep their connections, and ask for as long as they find a server. Each request that is sent has an answer,
//! or can be sent again without harm: its connection was refused, or told to end before it. All else is lost.
//! `cargo test -p service-group --all-features --lib -- --ignored --nocapture many_lose_nothing` counts 200 stops each.

use std::error::Error;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, Version};
use axum::routing::get;
use http_body_util::BodyExt;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

use super::kit::{Stop, eventually, soon};
use super::rpc::Calls;
use crate::server::{GrpcServer, HttpServer};
use crate::service::Service;

/// In the whole suite. The command below makes more.
const STOPS: usize = 60;

const MANY_STOPS: usize = 200;

const CLIENTS: usize = 4;

/// Answers that each client has before the stop begins.
const WARM: usize = 5;

/// Servers at a time: nearly all of a stop over HTTP/2 is waiting.
const AT_A_TIME: usize = 10;

/// What became of the requests.
#[derive(Debug, Default)]
struct Count {
    sent: usize,
    answered: usize,
    /// Can be sent again elsewhere.
    refused: usize,
    lost: Vec<String>,
}

/// What one request came to.
enum Fate {
    Answered,
    /// Answered, and told that it was the last.
    Last,
    Refused,
    Lost(String),
}

type Counter = Arc<Mutex<Count>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lose_nothing_over_http1() {
    over_http1(STOPS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lose_nothing_over_http2() {
    over_http2(STOPS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lose_nothing_over_grpc() {
    over_grpc(STOPS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lose_nothing_over_grpc_of_ones_own() {
    over_grpc_of_ones_own(STOPS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes ten seconds"]
async fn many_lose_nothing() {
    over_http1(MANY_STOPS).await;
    over_http2(MANY_STOPS).await;
    over_grpc(MANY_STOPS).await;
    over_grpc_of_ones_own(MANY_STOPS).await;
}

async fn over_http1(times: usize) {
    stops("HTTP/1", times, http, |addr, counter| tokio::spawn(asks_http1(addr, counter))).await;
}

async fn over_http2(times: usize) {
    stops("HTTP/2", times, http, |addr, counter| tokio::spawn(asks_http2(addr, counter, "/"))).await;
}

async fn over_grpc(times: usize) {
    stops("gRPC", times, grpc, calls).await;
}

async fn over_grpc_of_ones_own(times: usize) {
    stops("gRPC, `serve`", times, grpc_of_ones_own, calls).await;
}

fn calls(addr: SocketAddr, counter: Counter) -> tokio::task::JoinHandle<()> {
    tokio::spawn(asks_http2(addr, counter, "/test.Calls/Peer"))
}

/// A free port, of an address that no other process and no other test listens on: clients that come when the server has
/// gone would else meet whoever has got its port since.
fn free() -> SocketAddr {
    let [_, _, high, low] = std::process::id().to_be_bytes();
    let ip = if cfg!(target_os = "linux") { [127, 1, high, low.max(1)] } else { [127, 0, 0, 1] };
    SocketAddr::from((ip, 0))
}

async fn http() -> (HttpServer, SocketAddr) {
    // Some answers take a while, so that a stop finds requests in all places.
    let slow = async || {
        tokio::time::sleep(Duration::from_millis(1)).await;
        "hello"
    };
    let router = Router::new().route("/", get(async || "hello").post(slow));
    let server = HttpServer::bind(free(), router).await.unwrap();
    let addr = server.local_addr();
    (server, addr)
}

async fn grpc() -> (GrpcServer, SocketAddr) {
    let server = GrpcServer::bind(free(), Routes::new(Calls::new())).await.unwrap();
    let addr = server.local_addr();
    (server, addr)
}

async fn grpc_of_ones_own() -> (GrpcServer, SocketAddr) {
    let incoming = TcpIncoming::bind(free()).unwrap().with_nodelay(Some(true));
    let addr = incoming.local_addr().unwrap();
    (GrpcServer::serve(incoming, Server::builder(), Routes::new(Calls::new())), addr)
}

async fn stops<S: Service>(
    name: &str,
    times: usize,
    open: impl AsyncFn() -> (S, SocketAddr),
    client: fn(SocketAddr, Counter) -> tokio::task::JoinHandle<()>,
) {
    let (total, places) = (Counter::default(), Arc::new(Semaphore::new(AT_A_TIME)));
    let mut ends = Vec::new();
    for _ in 0..times {
        let place = Arc::clone(&places).acquire_owned().await.unwrap();
        let ((server, addr), counter) = (open().await, Counter::default());
        let clients: Vec<_> = (0..CLIENTS).map(|_| client(addr, Arc::clone(&counter))).collect();
        let total = Arc::clone(&total);
        ends.push(tokio::spawn(async move {
            eventually("some load", || counter.lock().unwrap().answered > CLIENTS * WARM).await;
            let drained = Stop::of(server).over().await;
            for client in clients {
                soon("the client", client).await.unwrap();
            }
            if drained.cut + drained.left > 0 {
                counter.lock().unwrap().lost.push(format!("{drained:?}"));
            }
            total.lock().unwrap().add(&counter.lock().unwrap());
            drop(place);
        }));
    }
    for end in ends {
        end.await.unwrap();
    }
    let total = total.lock().unwrap();
    println!("{name}, {times} stops: {total}");
    assert_eq!(total.lost, Vec::<String>::new(), "{total}");
    assert_eq!(total.sent, total.answered + total.refused, "{total}");
}

/// Asks on one connection after the other, until there is no server.
async fn asks_http1(addr: SocketAddr, counter: Counter) {
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

async fn ask_http1(stream: &mut TcpStream, asked: usize) -> Fate {
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
    // The kernel takes connections before the server does, and resets them when nobody will.
    if asked == 0 && read.is_empty() {
        return Fate::Refused;
    }
    Fate::Lost(format!("request {asked} of its connection: {error} after {} bytes", read.len()))
}

fn answered(answer: &[u8]) -> Fate {
    let is_last = String::from_utf8_lossy(answer).contains("connection: close");
    if is_last { Fate::Last } else { Fate::Answered }
}

async fn asks_http2(addr: SocketAddr, counter: Counter, path: &'static str) {
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

async fn ask_http2(sender: &mut http2::SendRequest<Body>, asked: usize, path: &str) -> Fate {
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
        Ok(with_trailers) if with_trailers == is_call => Fate::Answered,
        Ok(_) => Fate::Lost(format!("stream {asked}: half an answer")),
        Err(error) if is_refused(&error) => Fate::Refused,
        Err(error) => Fate::Lost(format!("stream {asked}: {error:?}")),
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
    /// Gives whether the connection is over.
    fn note(&mut self, fate: &Fate) -> bool {
        self.sent += 1;
        match fate {
            Fate::Answered | Fate::Last => self.answered += 1,
            Fate::Refused => self.refused += 1,
            Fate::Lost(how) => self.lost.push(how.clone()),
        }
        !matches!(fate, Fate::Answered)
    }

    fn add(&mut self, other: &Self) {
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
