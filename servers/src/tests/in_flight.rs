//! The requests in flight of a connection, without a server.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Extensions, Request, StatusCode, Version};
use futures_util::stream;
use http_body::Body as _;
use service_group::StopContext;
use tokio::time::advance;

use crate::requests::body::TrackedBody;
use crate::requests::conn::ConnShared;
use crate::requests::guard::RequestGuard;
use crate::requests::name::RequestName;
use crate::state::ServerState;

/// A connection, and the state of its server.
fn open() -> (Arc<ConnShared>, Arc<ServerState>) {
    let state = Arc::new(ServerState::default());
    (ConnShared::new(Arc::clone(&state), Extensions::new()), state)
}

fn begin(conn: &Arc<ConnShared>, path: &str) -> RequestGuard {
    let request = Request::get(path).version(Version::HTTP_2).body(()).unwrap();
    RequestGuard::begin(Arc::clone(conn), &request, RequestName::grpc(&request))
}

fn answer(mut guard: RequestGuard) {
    guard.set_answered(true);
}

/// How many are in flight, are finished and are cut.
fn counts(conn: &ConnShared) -> (usize, u64, u64) {
    (conn.requests(), conn.state().finished(), conn.state().cut())
}

#[test]
fn an_answer_is_in_flight_until_it_is_flushed() {
    let (conn, state) = open();
    let guard = begin(&conn, "/");
    state.draining.begin();
    conn.flushed();
    answer(guard);
    assert_eq!(counts(&conn), (1, 0, 0), "that flush was before it");
    conn.flushed();
    assert_eq!(counts(&conn), (0, 1, 0));
}

#[test]
fn a_flush_before_the_drain_counts_too() {
    let (conn, state) = open();
    answer(begin(&conn, "/"));
    conn.flushed();
    answer(begin(&conn, "/"));
    state.draining.begin();
    assert_eq!(counts(&conn), (1, 0, 0), "the second one waits");
    conn.flushed();
    assert_eq!(counts(&conn), (0, 1, 0), "the first one was over before");
}

#[test]
fn a_part_of_an_answer_keeps_the_request() {
    let (conn, state) = open();
    state.draining.begin();
    let guard = begin(&conn, "/");
    let parts = [guard.share(), guard.share()];
    answer(guard);
    for part in parts {
        conn.flushed();
        assert_eq!(counts(&conn), (1, 0, 0));
        drop(part);
    }
    assert_eq!(counts(&conn), (1, 0, 0), "its last part is not flushed");
    conn.flushed();
    assert_eq!(counts(&conn), (0, 1, 0));
}

/// A body of an answer in flight, asked once for what it has.
fn asked(guard: RequestGuard, inner: Body) -> TrackedBody<Body> {
    let mut body = TrackedBody::new(inner, Some(guard), u64::MAX);
    let _ = Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop()));
    body
}

#[test]
fn a_body_that_goes_before_its_end_is_no_answer() {
    let (conn, state) = open();
    state.draining.begin();
    let nothing = || Body::from_stream(stream::pending::<Result<Bytes, io::Error>>());
    let error = || Body::from_stream(stream::iter([Err::<Bytes, _>(io::Error::other("broken"))]));
    for inner in [nothing(), error()] {
        drop(asked(begin(&conn, "/"), inner));
        conn.flushed();
    }
    assert_eq!(counts(&conn), (0, 0, 0));
}

#[test]
fn a_body_is_an_answer_at_its_end_or_where_it_is_not_wanted() {
    let (conn, state) = open();
    state.draining.begin();
    let end = || Body::from_stream(stream::empty::<Result<Bytes, io::Error>>());
    drop(asked(begin(&conn, "/"), end()));
    drop(TrackedBody::new(Body::from("not asked for"), Some(begin(&conn, "/")), u64::MAX));
    conn.flushed();
    assert_eq!(counts(&conn), (0, 2, 0));
}

/// Over HTTP/2 a body is in a thread of its own, where it may be dropped after its client has got the answer and has left.
#[test]
fn an_answer_counts_though_its_body_goes_after_the_connection() {
    let end = || Body::from_stream(stream::empty::<Result<Bytes, io::Error>>());
    for waits_for_window in [false, true] {
        let (conn, state) = open();
        state.draining.begin();
        let guard = begin(&conn, "/");
        let data = waits_for_window.then(|| guard.share());
        let body = asked(guard, end());
        conn.flushed();
        assert!(!conn.close());
        drop((data, body));
        assert_eq!(counts(&conn), (0, u64::from(!waits_for_window), 0));
        assert!(!state.has_orphans());
    }
}

#[test]
fn what_is_unanswered_is_not_counted() {
    let (conn, state) = open();
    state.draining.begin();
    drop(begin(&conn, "/"));
    assert_eq!(counts(&conn), (0, 0, 0), "its client has left");
}

#[test]
fn who_leaves_before_the_flush_is_not_counted() {
    let (conn, state) = open();
    state.draining.begin();
    answer(begin(&conn, "/"));
    let late = begin(&conn, "/");
    conn.close();
    assert_eq!(counts(&conn), (1, 0, 0), "a handler goes on");
    assert!(state.has_orphans());
    answer(late);
    assert_eq!(counts(&conn), (0, 0, 0));
    assert!(!state.has_orphans());
}

#[test]
fn who_has_left_before_a_request_begins_is_not_counted() {
    let (conn, state) = open();
    state.draining.begin();
    conn.close();
    let late = begin(&conn, "/");
    assert_eq!(counts(&conn), (1, 0, 0));
    answer(late);
    assert_eq!(counts(&conn), (0, 0, 0));
}

#[test]
fn a_request_that_becomes_a_connection_ends_middle() {
    let (conn, state) = open();
    state.draining.begin();
    begin(&conn, "/").upgrade();
    conn.flushed();
    assert_eq!(counts(&conn), (1, 0, 0));
    conn.close();
    assert_eq!(counts(&conn), (0, 1, 0));
    assert!(!state.has_orphans());
}

#[test]
fn one_that_becomes_a_connection_too_late_is_not_waited_for() {
    let (conn, state) = open();
    let guard = begin(&conn, "/");
    conn.close();
    guard.upgrade();
    assert_eq!(conn.requests(), 0);
    assert!(!state.has_orphans());
}

#[test]
fn a_cut_request_is_cut_however_it_ends() {
    let (conn, state) = open();
    state.draining.begin();
    let (running, answered) = (begin(&conn, "/running"), begin(&conn, "/answered"));
    answer(answered);
    conn.cut(None);
    assert_eq!(counts(&conn), (2, 0, 2));
    let late = begin(&conn, "/late");
    assert_eq!(counts(&conn), (3, 0, 3), "hyper had read it before");
    answer(running);
    answer(late);
    conn.flushed();
    assert_eq!(counts(&conn), (0, 0, 3));
}

#[test]
fn a_handler_that_panics_in_the_drain_is_cut() {
    let (conn, state) = open();
    let panics = |path| {
        let guard = begin(&conn, path);
        let panicking = std::panic::AssertUnwindSafe(|| {
            let _guard = guard;
            std::panic::resume_unwind(Box::new(()));
        });
        std::panic::catch_unwind(panicking).unwrap_err();
    };
    panics("/before");
    assert_eq!(counts(&conn), (0, 0, 0));
    state.draining.begin();
    panics("/within");
    assert_eq!(counts(&conn), (0, 0, 1));
    assert_eq!(state.cuts()[0].what, "/within");
}

#[tokio::test(start_paused = true)]
async fn the_oldest_is_reported() {
    let (conn, _) = open();
    let oldest = || conn.oldest().map(|cut| (cut.what, cut.age)).unwrap();
    let second = Duration::from_secs(1);
    let first = begin(&conn, "/first");
    advance(second).await;
    let middle = begin(&conn, "/second");
    advance(second).await;
    let later = begin(&conn, "/later");
    assert_eq!(oldest(), ("/first".to_owned(), 2 * second));
    drop(first);
    assert_eq!(oldest(), ("/second".to_owned(), second));
    drop(middle);
    assert_eq!(oldest(), ("/later".to_owned(), Duration::ZERO));
    drop(later);
}

/// The first one counts from its handler: it may have waited in a layer of the user's.
#[tokio::test(start_paused = true)]
async fn requests_that_come_with_one_read_over_http2_begin_at_once() {
    let (conn, _) = open();
    let age = || conn.oldest().unwrap().age;
    let second = Duration::from_secs(1);
    conn.received();
    advance(second).await;
    drop(begin(&conn, "/first"));
    advance(second).await;
    let together = begin(&conn, "/second");
    assert_eq!(age(), second);
    drop(together);
    conn.received();
    let _next = begin(&conn, "/next");
    assert_eq!(age(), Duration::ZERO);
}

/// The second one waits in the buffer for the answer to the first.
#[tokio::test(start_paused = true)]
async fn requests_that_come_with_one_read_over_http1_begin_one_after_another() {
    let (conn, _) = open();
    let begin =
        |request: Request<()>| RequestGuard::begin(Arc::clone(&conn), &request, RequestName::grpc(&request));
    conn.received();
    drop(begin(Request::new(())));
    advance(Duration::from_secs(1)).await;
    let _pipelined = begin(Request::new(()));
    assert_eq!(conn.oldest().unwrap().age, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_request_of_an_unknown_connection_begins_by_itself() {
    let conn = ConnShared::unknown(Arc::default());
    drop(begin(&conn, "/first"));
    advance(Duration::from_secs(1)).await;
    let _next = begin(&conn, "/next");
    assert_eq!(conn.oldest().unwrap().age, Duration::ZERO);
}

#[test]
fn a_path_orders_no_terminal_about() {
    let (conn, _) = open();
    let _guard = begin(&conn, "/orders/\u{9b}2J?secret");
    assert_eq!(conn.oldest().unwrap().what, "/orders/\u{fffd}2J");
}

#[test]
fn which_answers_become_connections() {
    let (conn, _) = open();
    let begin = |request: axum::http::request::Builder| {
        let request = request.body(()).unwrap();
        RequestGuard::begin(Arc::clone(&conn), &request, RequestName::grpc(&request))
    };
    let (get, connect) = (begin(Request::get("/")), begin(Request::connect("test:80")));
    assert!(get.becomes_connection(StatusCode::SWITCHING_PROTOCOLS));
    assert!(!get.becomes_connection(StatusCode::OK));
    assert!(connect.becomes_connection(StatusCode::OK));
    assert!(!connect.becomes_connection(StatusCode::BAD_GATEWAY));
}

/// A handler that blocks its thread may outlive the server, and what it has in flight.
#[test]
fn a_cut_request_holds_its_service_without_its_server() {
    let (conn, state) = open();
    state.draining.begin();
    let guard = begin(&conn, "/");
    let part = guard.share();
    let context = StopContext::within(Duration::ZERO);
    conn.cut(Some(&context.hold()));
    drop(conn);
    drop(guard);
    assert!(context.is_held());
    drop(part);
    assert!(!context.is_held());
}

#[test]
fn a_cut_request_holds_its_service_until_it_ends() {
    let (conn, state) = open();
    state.draining.begin();
    let guard = begin(&conn, "/");
    let context = StopContext::within(Duration::ZERO);
    conn.cut(Some(&context.hold()));
    conn.close();
    assert!(context.is_held());
    drop(guard);
    assert!(!context.is_held(), "the end of the request releases it");
}

/// Entries are used again, whichever requests are in the others.
#[test]
fn the_slab_does_not_grow_with_what_is_over() {
    let (conn, _) = open();
    let held: Vec<_> = (0..100).map(|_| begin(&conn, "/held")).collect();
    for _ in 0..10_000 {
        answer(begin(&conn, "/quick"));
        conn.flushed();
    }
    assert_eq!(conn.requests(), 100);
    assert!(conn.capacity() < 200, "{} entries", conn.capacity());
    drop(held);
    assert_eq!(conn.requests(), 0);
}

/// Requests begin and end in many threads while the connection is flushed and the drain begins: each is in the slab until
/// it ends, none is counted twice, and no request that ends in the drain is missed.
#[test]
fn nothing_is_lost_between_threads() {
    const THREADS: usize = 4;
    const TIMES: usize = 300;
    let (conn, state) = open();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for round in 0..TIMES {
                    let guard = begin(&conn, "/");
                    assert!(conn.requests() > 0, "it is in flight itself");
                    let part = (round % 2 == 0).then(|| guard.share());
                    answer(guard);
                    drop(part);
                    if round == TIMES / 2 {
                        state.draining.begin();
                    }
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..TIMES {
                conn.flushed();
            }
        });
    });
    conn.flushed();
    let (in_flight, finished, cut) = counts(&conn);
    assert_eq!((in_flight, cut), (0, 0));
    let all = (THREADS * TIMES) as u64;
    assert!((all / 8..=all).contains(&finished), "{finished} of {all}");
}
