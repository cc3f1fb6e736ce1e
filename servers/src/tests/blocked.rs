//! Handlers that block their thread: they cannot be ended, so they are reported.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use axum::routing::get;
use hyper::body::Incoming;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::task::JoinHandle;

use super::kit::{Gone, Latch, Raw, Stop, eventually, soon};
use crate::HttpServer;
use service_group::StatsSource;

type Answered = hyper::Result<Response<Incoming>>;

struct Blocked {
    server: HttpServer,
    entered: Latch,
    gone: Latch,
    /// Lets the handler go on.
    leave: Sender<()>,
}

impl Blocked {
    async fn open() -> Self {
        let (entered, gone) = (Latch::new(), Latch::new());
        let (leave, wait) = channel::<()>();
        let wait = Arc::new(Mutex::new(wait));
        let handler = {
            let (entered, gone) = (entered.clone(), gone.clone());
            async move || {
                let _gone = Gone(gone);
                entered.open();
                let _ = wait.lock().unwrap().recv();
            }
        };
        let server = HttpServer::bind("127.0.0.1:0", Router::new().route("/", get(handler))).await.unwrap();
        Self { server, entered, gone, leave }
    }

    /// A call over HTTP/2 that is in the handler, and its connection.
    async fn called_over_http2(&self) -> (JoinHandle<hyper::Result<()>>, JoinHandle<Answered>) {
        let io = TokioIo::new(Raw::connect(self.server.local_addr().tcp().unwrap()).await.0);
        let (mut client, connection) = http2::handshake(TokioExecutor::new(), io).await.unwrap();
        let connection = tokio::spawn(connection);
        let request = Request::get("http://test/").body(Body::empty()).unwrap();
        let call = tokio::spawn(async move { client.send_request(request).await });
        soon("the handler", self.entered.opened()).await;
        (connection, call)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_left_and_holds() {
    is_left_and_holds().await;
}

/// Where the blocked thread has the driver of sockets and timers in all likelihood.
#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn it_is_left_and_holds_beside_many_threads() {
    is_left_and_holds().await;
}

async fn is_left_and_holds() {
    let Blocked { server, entered, gone, leave } = Blocked::open().await;
    let mut client = Raw::connect(server.local_addr().tcp().unwrap()).await;
    client.get("/").await;
    soon("the handler", entered.opened()).await;
    let stop = Stop::of(server);
    let context = stop.context.clone();
    let drained = stop.forced().await;
    assert_eq!((drained.finished, drained.cut, drained.still_running), (0, 1, 1));
    assert_eq!(client.read_to_end().await, b"", "the client need not wait for the handler");
    assert!(context.is_held(), "its service has not ended");
    leave.send(()).unwrap();
    soon("the handler's end", gone.opened()).await;
    eventually("the service's end", || !context.is_held()).await;
}

/// Over HTTP/2 the handler has a task of its own, which outlives its connection, and its server.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn over_http2_it_is_left_and_holds() {
    let blocked = Blocked::open().await;
    let (connection, call) = blocked.called_over_http2().await;
    let Blocked { server, gone, leave, .. } = blocked;
    let stop = Stop::of(server);
    let context = stop.context.clone();
    let drained = stop.forced().await;
    assert_eq!((drained.finished, drained.cut, drained.still_running), (0, 1, 1));
    assert!(context.is_held(), "its service has not ended");
    soon("the client", call).await.unwrap().unwrap_err();
    let _ = soon("the end of the connection", connection).await.unwrap();
    leave.send(()).unwrap();
    soon("the handler's end", gone.opened()).await;
    eventually("the service's end", || !context.is_held()).await;
}

/// Over HTTP/2 the connection has a task of its own, which goes when the client does.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_client_that_left_before_is_not_cut() {
    let blocked = Blocked::open().await;
    let (connection, call) = blocked.called_over_http2().await;
    let Blocked { server, gone, leave, .. } = blocked;
    connection.abort();
    call.abort();
    eventually("the end of the connection", || server.task.connections().count() == 0).await;
    assert_eq!(server.task.connections().stats().requests, 1, "its handler lives");
    let drained = Stop::of(server).forced().await;
    assert_eq!((drained.finished, drained.cut, drained.still_running), (0, 0, 1));
    leave.send(()).unwrap();
    soon("the handler's end", gone.opened()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_dropped_without_a_stop_does_not_wait_for_it() {
    let Blocked { server, entered, gone, leave } = Blocked::open().await;
    let mut client = Raw::connect(server.local_addr().tcp().unwrap()).await;
    client.get("/").await;
    soon("the handler", entered.opened()).await;
    let gate = Arc::clone(server.task.connections());
    drop(server);
    assert_eq!(client.read_to_end().await, b"");
    eventually("the end of the loop", || !gate.state.is_serving()).await;
    assert!(!gone.is_open());
    leave.send(()).unwrap();
    eventually("an empty book", || gate.is_empty()).await;
}
