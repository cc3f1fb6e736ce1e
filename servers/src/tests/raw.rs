//! Tower services over hyper's bodies: `HttpServer::serve_service`.

use std::convert::Infallible;
use std::io;

use axum::http::{Request, Response};
use futures_util::{StreamExt, stream};
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Body, Frame, Incoming};
use tokio::net::TcpListener;
use tower::{ServiceBuilder, service_fn};

use super::kit::{Gone, Latch, Raw, Stop, eventually, finished, soon};
use crate::{Draining, HttpServer};

async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

async fn client(server: &HttpServer) -> Raw {
    Raw::connect(server.local_addr().tcp().unwrap()).await
}

/// A body of the user's own: its data are no `Bytes`, and it must not be moved.
fn own_body(leave: Latch) -> impl Body<Data = &'static [u8], Error = Infallible> + Send {
    let last = stream::once(async move {
        leave.opened().await;
        Ok(Frame::data(&b"finally"[..]))
    });
    StreamBody::new(stream::iter([Ok(Frame::data(&b"first"[..]))]).chain(last))
}

#[tokio::test]
async fn an_answer_in_flight_has_the_window() {
    let leave = Latch::new();
    let of_service = leave.clone();
    let service = service_fn(move |_: Request<Incoming>| {
        let leave = of_service.clone();
        async { Ok::<_, Infallible>(Response::new(own_body(leave))) }
    });
    let server = HttpServer::serve_service(listener().await, service);
    let (mut busy, quiet) = (client(&server).await, client(&server).await);
    busy.get("/").await;
    busy.read_to("first").await;
    let stop = Stop::of(server);
    assert!(stop.outlives(quiet).await, "an answer under way is in flight");
    leave.open();
    busy.read_to("finally").await;
    assert_eq!(stop.over().await, finished(1));
}

#[tokio::test]
async fn a_service_reads_the_body_as_it_comes_and_knows_of_the_drain() {
    let entered = Latch::new();
    let enter = entered.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let enter = enter.clone();
        async move {
            let draining = request.extensions().get::<Draining>().expect("each request carries one").clone();
            let mut body = request.into_body();
            let first = body.frame().await.expect("a frame")?.into_data().expect("data");
            enter.open();
            draining.started().await;
            Ok::<_, hyper::Error>(Response::new(Full::new(first)))
        }
    });
    let server = HttpServer::serve_service(listener().await, service);
    let mut client = client(&server).await;
    client.write("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 10\r\n\r\nhello").await;
    soon("the first half", entered.opened()).await;
    let stop = Stop::of(server);
    let answer = client.read_to("hello").await;
    assert!(answer.contains("connection: close"), "{answer}");
    assert_eq!(stop.over().await, finished(1));
}

#[tokio::test]
async fn a_stuck_request_is_cut_and_named() {
    let (entered, gone) = (Latch::new(), Latch::new());
    let of_service = (entered.clone(), gone.clone());
    let service = service_fn(move |_: Request<Incoming>| {
        let (entered, gone) = of_service.clone();
        async move {
            let _gone = Gone(gone);
            entered.open();
            std::future::pending::<Result<Response<Full<&'static [u8]>>, Infallible>>().await
        }
    });
    let server = HttpServer::serve_service(listener().await, service);
    let mut client = client(&server).await;
    client.get("/stuck?secret").await;
    soon("the handler", entered.opened()).await;
    let drained = Stop::of(server).forced().await;
    assert_eq!((drained.finished, drained.cut, drained.still_running), (0, 1, 0));
    assert_eq!(drained.cuts[0].what, "GET /stuck");
    soon("the handler's end", gone.opened()).await;
}

#[tokio::test]
async fn an_error_of_the_service_ends_its_connection_alone() {
    let service = service_fn(async |request: Request<Incoming>| match request.uri().path() {
        "/wrong" => Err(io::Error::other("wrong")),
        _ => Ok(Response::new(Full::new(&b"hello"[..]))),
    });
    let server = HttpServer::serve_service(listener().await, service);
    let (mut wrong, mut right) = (client(&server).await, client(&server).await);
    wrong.get("/wrong").await;
    assert!(wrong.read_to_end().await.is_empty());
    right.get("/").await;
    right.read_to("hello").await;
    drop(right);
    assert_eq!(Stop::of(server).over().await, finished(0));
}

/// What waits until the service is ready is in flight.
#[tokio::test]
async fn a_request_waits_until_the_service_is_ready() {
    let (entered, leave) = (Latch::new(), Latch::new());
    let of_service = (entered.clone(), leave.clone());
    let limited = ServiceBuilder::new().concurrency_limit(1).service_fn(move |request: Request<Incoming>| {
        let (entered, leave) = of_service.clone();
        async move {
            if request.uri().path() == "/first" {
                entered.open();
                leave.opened().await;
            }
            Ok::<_, Infallible>(Response::new(Full::new(&b"hello"[..])))
        }
    });
    let server = HttpServer::serve_service(listener().await, limited);
    let (mut first, mut second) = (client(&server).await, client(&server).await);
    first.get("/first").await;
    soon("the handler", entered.opened()).await;
    second.get("/second").await;
    eventually("both", || server.task.connections().requests() == 2).await;
    let quiet = client(&server).await;
    let stop = Stop::of(server);
    assert!(stop.outlives(quiet).await);
    leave.open();
    first.read_to("hello").await;
    second.read_to("hello").await;
    assert_eq!(stop.over().await, finished(2));
}

/// Over HTTP/2, data that the client has not taken yet keeps its request in flight, whatever their type.
#[cfg(feature = "http2")]
#[tokio::test]
async fn over_http2_an_answer_is_in_flight_until_its_client_has_it() {
    use hyper::client::conn::http2;
    use hyper_util::rt::{TokioExecutor, TokioIo};

    const SIZE: usize = 4 << 20;
    static ANSWER: [u8; SIZE] = [b'x'; SIZE];
    let service =
        service_fn(async |_: Request<Incoming>| Ok::<_, Infallible>(Response::new(Full::new(&ANSWER[..]))));
    let server = HttpServer::serve_service(listener().await, service);
    let stream = tokio::net::TcpStream::connect(server.local_addr().tcp().unwrap()).await.unwrap();
    let (mut send, conn) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(conn);
    let request = Request::get("http://test/").body(Full::new(&b""[..])).unwrap();
    let answer = soon("the head", send.send_request(request)).await.unwrap();
    let quiet = client(&server).await;
    let stop = Stop::of(server);
    assert!(stop.outlives(quiet).await, "the window of the client is smaller than the answer");
    let body = soon("the answer", answer.into_body().collect()).await.unwrap().to_bytes();
    assert_eq!(body.len(), SIZE);
    assert_eq!(stop.over().await, finished(1));
}
