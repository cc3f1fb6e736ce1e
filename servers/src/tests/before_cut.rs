//! The layer `AnswersBeforeCut`, on a paused clock: 100 ms before the force, which is 500 ms before the end of the window.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use axum::routing::get;
use futures_util::{StreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};
use tonic::service::{LayerExt, Routes};
use tonic::transport::{Channel, Server};
use tonic::{Code, Status};
use tower::{Layer, ServiceExt, service_fn};

use super::kit::{Gone, Latch, Stop};
use super::rpc::{Calls, call};
use crate::connection::connections::Connections;
use crate::{AnswersBeforeCut, Draining, GrpcServer, HttpServer};

const WINDOW: Duration = Duration::from_secs(10);
const ANSWERED_AT: Duration = Duration::from_millis(9_400);

fn is_at(elapsed: Duration, at: Duration) -> bool {
    (at..at + Duration::from_millis(20)).contains(&elapsed)
}

/// `kit::eventually` has timers, which a paused clock skips.
async fn requests(connections: &Connections, count: usize) {
    while connections.requests() != count {
        tokio::task::yield_now().await;
    }
}

async fn asks(server: &HttpServer, path: &str) -> TcpStream {
    let mut client = TcpStream::connect(server.local_addr().tcp().unwrap()).await.unwrap();
    client.write_all(format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n").as_bytes()).await.unwrap();
    client
}

/// A handler that never answers, and opens the latch when it is dropped.
fn stuck(gone: &Latch) -> axum::routing::MethodRouter {
    let gone = gone.clone();
    get(async move || {
        let _gone = Gone(gone);
        pending::<()>().await;
    })
}

#[tokio::test(start_paused = true)]
async fn a_call_without_an_answer_gets_one_before_the_force() {
    // A short window: the middle of the time until the force, which is a tenth before its end.
    for (window, at) in [(WINDOW, ANSWERED_AT), (Duration::from_millis(100), Duration::from_millis(45))] {
        let gone = Latch::new();
        let router = Router::new().route("/stuck", stuck(&gone)).layer(AnswersBeforeCut::new());
        let server = HttpServer::bind("127.0.0.1:0", router).await.unwrap();
        let mut client = asks(&server, "/stuck?secret").await;
        requests(server.task.connections(), 1).await;
        let begun = Instant::now();
        let stop = Stop::within(server, window);
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.expect("an orderly end");
        assert!(is_at(begun.elapsed(), at), "{:?}", begun.elapsed());
        assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("connection: close"), "{answer}");
        assert!(gone.is_open(), "the handler is dropped before its answer");
        let drained = stop.over_without_timers().await;
        assert_eq!((drained.finished, drained.cut, drained.still_running), (0, 1, 0));
        assert_eq!(drained.cuts[0].what, "GET /stuck");
    }
}

/// On a route, it is for that route alone; what has begun to answer goes on; what has no layer is cut.
#[tokio::test(start_paused = true)]
async fn what_has_begun_to_answer_goes_on_until_the_force() {
    let stream = async || {
        let first = stream::iter([Ok::<_, Infallible>("first")]);
        Body::from_stream(first.chain(stream::pending()))
    };
    let gone = Latch::new();
    let router = Router::new()
        .route("/begun", get(stream).layer(AnswersBeforeCut::new()))
        .route("/plain", stuck(&gone));
    let server = HttpServer::bind("127.0.0.1:0", router).await.unwrap();
    let (mut begun, mut plain) = (asks(&server, "/begun").await, asks(&server, "/plain").await);
    requests(server.task.connections(), 2).await;
    let start = Instant::now();
    let stop = Stop::within(server, WINDOW);
    sleep(ANSWERED_AT + Duration::from_millis(50)).await;
    assert!(!gone.is_open() && !stop.is_over());
    stop.context.force();
    let _ = plain.read_to_end(&mut Vec::new()).await;
    let mut answer = Vec::new();
    let _ = begun.read_to_end(&mut answer).await;
    assert!(String::from_utf8_lossy(&answer).contains("first"));
    let drained = stop.over_without_timers().await;
    assert_eq!((drained.finished, drained.cut, drained.still_running), (0, 2, 0));
    assert!(start.elapsed() < WINDOW);
}

#[tokio::test(start_paused = true)]
async fn what_answers_in_time_is_answered() {
    let late = async || sleep(Duration::from_millis(9_300)).await;
    let router = Router::new().route("/late", get(late)).layer(AnswersBeforeCut::new());
    let server = HttpServer::bind("127.0.0.1:0", router).await.unwrap();
    let mut client = asks(&server, "/late").await;
    requests(server.task.connections(), 1).await;
    let stop = Stop::within(server, WINDOW);
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let drained = stop.over_without_timers().await;
    assert_eq!((drained.finished, drained.cut), (1, 0));
}

fn calls() -> (Calls, Routes) {
    let calls = Calls::new();
    (calls.clone(), Routes::new(calls))
}

/// Inside of the tracking in our loop, around one service and around all; and outside of it in that of tonic.
async fn servers() -> Vec<(GrpcServer, Calls)> {
    let ((inside, routes), (outside, own), of_one) = (calls(), calls(), Calls::new());
    let routes = Routes::from(routes.prepare().into_axum_router().layer(AnswersBeforeCut::new()));
    let one = Routes::new(AnswersBeforeCut::new().named_layer(of_one.clone()));
    let layered = Server::builder().layer(AnswersBeforeCut::new());
    vec![
        (GrpcServer::bind("127.0.0.1:0", routes).await.unwrap(), inside),
        (GrpcServer::bind("127.0.0.1:0", one).await.unwrap(), of_one),
        (GrpcServer::bind_with("127.0.0.1:0", layered, own).await.unwrap(), outside),
    ]
}

type Answer = tokio::task::JoinHandle<Result<String, Status>>;

async fn stuck_call((server, _): &(GrpcServer, Calls), channel: &Channel) -> Answer {
    let connections = server.task.connections();
    let (before, answer) = (connections.requests(), tokio::spawn(call(channel.clone(), "Stuck")));
    requests(connections, before + 1).await;
    answer
}

#[tokio::test(start_paused = true)]
async fn a_call_of_grpc_ends_with_unavailable() {
    for served in servers().await {
        let answer = stuck_call(&served, &served.0.channel().unwrap()).await;
        let (server, calls) = served;
        let begun = Instant::now();
        let stop = Stop::within(server, WINDOW);
        let status = answer.await.unwrap().unwrap_err();
        assert!(is_at(begun.elapsed(), ANSWERED_AT), "{:?}", begun.elapsed());
        assert_eq!((status.code(), status.message()), (Code::Unavailable, "server is stopping"));
        assert!(calls.gone.is_open());
        let drained = stop.over_without_timers().await;
        assert_eq!((drained.finished, drained.cut, drained.still_running), (0, 1, 0));
        assert_eq!(drained.cuts[0].what, "/test.Calls/Stuck");
    }
}

/// A call whose client gives up is neither answered nor cut.
#[tokio::test(start_paused = true)]
async fn a_call_that_its_client_gives_up_is_not_cut() {
    for served in servers().await {
        let channel = served.0.channel().unwrap();
        // Another call keeps the connection open.
        let slow = tokio::spawn(call(channel.clone(), "Slow"));
        requests(served.0.task.connections(), 1).await;
        let answer = stuck_call(&served, &channel).await;
        let (server, calls) = served;
        let stop = Stop::within(server, WINDOW);
        sleep(Duration::from_secs(1)).await;
        answer.abort();
        calls.gone.opened().await;
        calls.leave.open();
        assert_eq!(slow.await.unwrap().unwrap(), "finally");
        let drained = stop.over_without_timers().await;
        assert_eq!((drained.finished, drained.cut, drained.still_running), (1, 0, 0));
    }
}

#[tokio::test]
async fn a_call_that_comes_too_late_does_not_reach_its_handler() {
    let draining = Draining::default();
    draining.begin();
    draining.announce_force();
    let called = Arc::new(());
    let kept = Arc::clone(&called);
    let service = AnswersBeforeCut::new().layer(service_fn(move |_: Request<()>| {
        let _called = Arc::clone(&kept);
        async { panic!("it came too late") as Result<Response<Body>, Infallible> }
    }));
    let mut request = Request::new(());
    request.extensions_mut().insert(draining);
    let answer = service.oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(Arc::strong_count(&called), 1);
}

#[tokio::test]
async fn outside_of_a_server_it_does_nothing() {
    let service = AnswersBeforeCut::new()
        .layer(service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(Body::from("hello")))));
    assert_eq!(service.oneshot(Request::new(())).await.unwrap().status(), StatusCode::OK);
}
