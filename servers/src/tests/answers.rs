//! Whole answers: what a handler has returned is not lost on its way to a slow client.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::http::header::CONTENT_LENGTH;
use axum::routing::get;
use futures_util::{StreamExt, stream};
use http_body_util::BodyExt;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use super::http::Site;
use super::kit::{Latch, Raw, Stop, eventually, finished, soon};
use crate::HttpServer;
use service_group::Drained;
use service_group::StatsSource;

const SIZE: usize = 32 << 20;

async fn big() -> HttpServer {
    let router = Router::new().route("/big", get(|| async { vec![b'x'; SIZE] }));
    HttpServer::bind("127.0.0.1:0", router).await.unwrap()
}

async fn h2(server: &HttpServer) -> http2::SendRequest<Body> {
    let stream = TcpStream::connect(server.local_addr().tcp().unwrap()).await.unwrap();
    let mut client = http2::Builder::new(TokioExecutor::new());
    client.initial_stream_window_size(1 << 16).initial_connection_window_size(1 << 16);
    let (client, connection) = client.handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    client
}

fn request(path: &str) -> Request<Body> {
    Request::get(format!("http://test{path}")).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn a_slow_reader_gets_its_answer_whole() {
    let server = big().await;
    let mut client = Raw::connect(server.local_addr().tcp().unwrap()).await;
    client.get("/big").await;
    let head = client.read_to("\r\n\r\n").await;
    let quiet = Raw::connect(server.local_addr().tcp().unwrap()).await;
    let stop = Stop::of(server);
    assert!(stop.outlives(quiet).await, "an answer under way is in flight");
    let read = client.read_to_end().await;
    let begun = head.len() - head.find("\r\n\r\n").unwrap() - 4;
    assert_eq!(begun + read.len(), SIZE);
    assert_eq!(stop.over().await, finished(1));
}

#[tokio::test]
async fn a_reader_that_does_not_read_is_cut() {
    let server = big().await;
    let mut client = Raw::connect(server.local_addr().tcp().unwrap()).await;
    client.get("/big").await;
    client.read_to("\r\n\r\n").await;
    let drained = Stop::of(server).forced().await;
    assert_eq!((drained.finished, drained.cut, drained.still_running), (0, 1, 0));
    assert!(client.read_to_end().await.len() < SIZE);
}

/// The whole body is in hyper's hands at once, and only the window keeps it there.
#[tokio::test]
async fn a_slow_http2_reader_gets_its_answer_whole() {
    is_given_whole(big().await).await;
}

/// The body reports its end only when it is polled once more.
#[tokio::test]
async fn a_slow_http2_reader_gets_its_stream_whole() {
    let all = async || Body::from_stream(stream::once(async { Ok::<_, Infallible>(vec![b'x'; SIZE]) }));
    let router = Router::new().route("/big", get(all));
    is_given_whole(HttpServer::bind("127.0.0.1:0", router).await.unwrap()).await;
}

async fn is_given_whole(server: HttpServer) {
    let mut client = h2(&server).await;
    let response = client.send_request(request("/big")).await.unwrap();
    let quiet = Raw::connect(server.local_addr().tcp().unwrap()).await;
    let stop = Stop::of(server);
    assert!(stop.outlives(quiet).await, "an answer under way is in flight");
    let body = soon("the body", response.into_body().collect()).await.unwrap().to_bytes();
    assert_eq!(body.len(), SIZE);
    assert_eq!(stop.over().await, finished(1));
}

/// hyper does not poll a body again after the length that its head promised.
#[tokio::test]
async fn an_answer_that_is_as_long_as_it_said_is_finished() {
    let leave = Latch::new();
    let left = leave.clone();
    let handler = async move || {
        let word = async move {
            left.opened().await;
            Ok::<_, Infallible>("finally")
        };
        ([(CONTENT_LENGTH, "7")], Body::from_stream(stream::once(word).chain(stream::pending())))
    };
    let server = HttpServer::bind("127.0.0.1:0", Router::new().route("/", get(handler))).await.unwrap();
    let mut client = Raw::connect(server.local_addr().tcp().unwrap()).await;
    client.get("/").await;
    client.read_to("\r\n\r\n").await;
    let gate = Arc::clone(server.task.connections());
    let stop = Stop::of(server);
    eventually("the drain", || gate.state.is_draining()).await;
    leave.open();
    client.read_to("finally").await;
    assert_eq!(stop.over().await, finished(1));
}

#[tokio::test]
async fn an_http2_reader_that_does_not_read_is_cut() {
    let server = big().await;
    let mut client = h2(&server).await;
    let response = client.send_request(request("/big")).await.unwrap();
    let drained = Stop::of(server).forced().await;
    assert_eq!((drained.finished, drained.cut, drained.still_running), (0, 1, 0));
    response.into_body().collect().await.unwrap_err();
}

#[tokio::test]
async fn an_idle_http2_connection_ends_by_itself() {
    let site = Site::open().await;
    let mut client = h2(&site.server).await;
    client.send_request(request("/")).await.unwrap();
    assert_eq!(Stop::of(site.server).over().await, Drained::default());
    eventually("the client's end", || client.is_closed()).await;
}

#[tokio::test]
async fn http2_requests_are_cut_one_by_one() {
    let site = Site::open().await;
    let mut client = h2(&site.server).await;
    let (slow, stuck) = (client.send_request(request("/slow")), client.send_request(request("/stuck")));
    let clients = tokio::spawn(async { tokio::join!(slow, stuck) });
    eventually("the requests", || site.server.task.connections().stats().requests == 2).await;
    let gate = Arc::clone(site.server.task.connections());
    let stop = Stop::of(site.server);
    eventually("the drain", || gate.state.is_draining()).await;
    site.leave.open();
    eventually("the answer", || gate.stats().finished == 1).await;
    let drained = stop.forced().await;
    assert_eq!((drained.finished, drained.cut, drained.still_running), (1, 1, 0));
    assert_eq!(drained.cuts[0].what, "GET /stuck");
    let (slow, stuck) = clients.await.unwrap();
    assert_eq!(slow.unwrap().status(), 200);
    stuck.unwrap_err();
    soon("the handler's end", site.gone.opened()).await;
}

#[tokio::test]
async fn head_and_empty_answers_are_finished() {
    let site = Site::open().await;
    let (mut head, mut slow) = (site.client().await, site.client().await);
    slow.get("/slow").await;
    soon("the handler", site.entered.opened()).await;
    let stop = Stop::of(site.server);
    head.write("HEAD / HTTP/1.1\r\nhost: test\r\n\r\n").await;
    head.read_to("\r\n\r\n").await;
    site.leave.open();
    assert_eq!(stop.over().await.finished, 2);
}
