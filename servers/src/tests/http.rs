//! The HTTP server, seen by clients that behave.

use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;

use super::kit::{Gone, Latch, Raw, Stop, answers, eventually, finished, soon};
use crate::{Draining, HttpServer};
use service_group::Drained;
use service_group::{DrainSignal, StatsSource};

/// Answers `/` at once, `/slow` when `leave` opens, `/stuck` never, `/panic` with one.
pub(super) struct Site {
    pub(super) server: HttpServer,
    pub(super) entered: Latch,
    pub(super) leave: Latch,
    /// The handler of `/stuck` is gone.
    pub(super) gone: Latch,
}

impl Site {
    pub(super) async fn open() -> Self {
        let (entered, leave, gone) = (Latch::new(), Latch::new(), Latch::new());
        let server = HttpServer::bind("127.0.0.1:0", router(&entered, &leave, &gone)).await.unwrap();
        Self { server, entered, leave, gone }
    }

    /// What it serves, for another server.
    pub(super) fn router(&self) -> Router {
        router(&self.entered, &self.leave, &self.gone)
    }

    pub(super) async fn client(&self) -> Raw {
        Raw::connect(self.server.local_addr().tcp().unwrap()).await
    }
}

fn router(entered: &Latch, leave: &Latch, gone: &Latch) -> Router {
    let (slow, leave) = (entered.clone(), leave.clone());
    let (stuck, gone) = (entered.clone(), gone.clone());
    let slow = async move || {
        slow.open();
        leave.opened().await;
        "finally"
    };
    let stuck = async move || {
        let _gone = Gone(gone);
        stuck.open();
        std::future::pending::<()>().await;
    };
    Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/slow", get(slow))
        .route("/stuck", get(stuck).post(async || std::future::pending::<()>().await))
        .route("/panic", get(async || on_purpose()))
}

fn on_purpose() {
    panic!("on purpose")
}

#[tokio::test]
async fn an_idle_server_stops_without_a_linger() {
    let site = Site::open().await;
    let addr = site.server.local_addr().tcp().unwrap();
    let begun = Instant::now();
    assert_eq!(Stop::of(site.server).over().await, Drained::default());
    assert!(begun.elapsed() < Duration::from_millis(90), "no wait when nothing is connected");
    assert!(!answers(addr).await);
}

#[tokio::test]
async fn a_request_in_flight_is_answered() {
    let site = Site::open().await;
    let mut client = site.client().await;
    client.get("/slow").await;
    soon("the handler", site.entered.opened()).await;
    let quiet = site.client().await;
    let stop = Stop::of(site.server);
    assert!(stop.outlives(quiet).await, "it waits for the request");
    site.leave.open();
    let answer = client.read_to("finally").await;
    assert!(answer.contains("connection: close"), "{answer}");
    assert_eq!(stop.over().await, finished(1));
}

/// As in axum, a timeout is a layer of the user.
#[tokio::test(start_paused = true)]
async fn a_deadline_of_grpc_does_not_hold() {
    let site = Site::open().await;
    let mut client = site.client().await;
    client.write("GET /slow HTTP/1.1\r\nhost: test\r\ngrpc-timeout: 1n\r\n\r\n").await;
    soon("the handler", site.entered.opened()).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    site.leave.open();
    client.read_to("finally").await;
}

#[tokio::test]
async fn a_stuck_request_is_cut_when_forced() {
    let site = Site::open().await;
    let mut client = site.client().await;
    client.get("/stuck?token=secret").await;
    soon("the handler", site.entered.opened()).await;
    let drained = Stop::of(site.server).forced().await;
    assert_eq!((drained.finished, drained.cut, drained.still_running), (0, 1, 0));
    assert_eq!(drained.cuts[0].what, "GET /stuck");
    assert_eq!(client.read_to_end().await, b"");
    assert!(site.gone.is_open());
}

#[tokio::test]
async fn answers_turn_clients_away_from_the_start_of_the_lame_duck() {
    let site = Site::open().await;
    let (lame_duck, begin) = DrainSignal::manual();
    site.server.task.connections().state.set_lame_duck(lame_duck);
    let mut client = site.client().await;
    client.get("/").await;
    assert!(!client.read_to("hello").await.contains("connection: close"));
    begin();
    client.get("/").await;
    assert!(client.read_to("hello").await.contains("connection: close"));
    assert_eq!(client.read_to_end().await, b"");
    assert!(answers(site.server.local_addr().tcp().unwrap()).await, "a lame duck still serves");
}

#[tokio::test]
async fn a_panicking_handler_leaks_no_count() {
    let site = Site::open().await;
    let mut client = site.client().await;
    client.get("/panic").await;
    client.read_to_end().await;
    let gate = site.server.task.connections();
    eventually("an empty book", || gate.is_empty()).await;
    assert_eq!(gate.stats().cut, 0, "nothing is counted before the drain");
    assert_eq!(Stop::of(site.server).over().await, Drained::default());
}

#[tokio::test]
async fn a_handler_that_panics_during_the_drain_counts_as_cut() {
    let (entered, leave) = (Latch::new(), Latch::new());
    let handler = {
        let (entered, leave) = (entered.clone(), leave.clone());
        async move || {
            entered.open();
            leave.opened().await;
            on_purpose();
        }
    };
    let server = HttpServer::bind("127.0.0.1:0", Router::new().route("/", get(handler))).await.unwrap();
    let mut client = Raw::connect(server.local_addr().tcp().unwrap()).await;
    client.get("/").await;
    soon("the handler", entered.opened()).await;
    let stop = Stop::of(server);
    leave.open();
    let drained = stop.over().await;
    assert_eq!((drained.finished, drained.cut, drained.still_running), (0, 1, 0));
}

#[tokio::test]
async fn a_client_that_leaves_is_neither_finished_nor_cut() {
    let site = Site::open().await;
    let mut client = site.client().await;
    client.get("/stuck").await;
    soon("the handler", site.entered.opened()).await;
    let stop = Stop::of(site.server);
    drop(client);
    assert_eq!(stop.over().await, Drained::default());
    assert!(site.gone.is_open());
}

#[tokio::test]
async fn handlers_are_told_of_the_drain() {
    let handler = |draining: Draining| async move {
        axum::body::Body::from_stream(
            draining.until(tokio_stream::pending::<Result<String, std::io::Error>>()),
        )
    };
    let server = HttpServer::bind("127.0.0.1:0", Router::new().route("/", get(handler))).await.unwrap();
    let mut client = Raw::connect(server.local_addr().tcp().unwrap()).await;
    client.get("/").await;
    client.read_to("\r\n\r\n").await;
    let stop = Stop::of(server);
    client.read_to("0\r\n\r\n").await;
    assert_eq!(stop.over().await, finished(1));
}

#[tokio::test]
async fn outside_of_a_server_nothing_drains() {
    let draining = Draining::default();
    assert!(!draining.has_started());
    tokio::time::timeout(Duration::from_millis(20), draining.started()).await.unwrap_err();
}
