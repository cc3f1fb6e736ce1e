//! The book of a connection, without a server around it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Extensions, Request, StatusCode, Version};
use futures_util::stream;
use http_body::Body as _;
use tokio::time::advance;
use tokio_util::sync::CancellationToken;

use service_group::StopCause;
use crate::body::TrackedBody;
use crate::conn::ConnShared;
use crate::mark::RequestGuard;
use crate::name;
use crate::tally::ServerState;
use service_group::{Hold, StopContext};

/// A connection, and what its server counts.
fn open() -> (Arc<ConnShared>, Arc<ServerState>) {
    let tally = Arc::new(ServerState::default());
    (ConnShared::new(Arc::clone(&tally), Extensions::new()), tally)
}

fn begin(conn: &ConnShared, path: &str) -> RequestGuard {
    let request = Request::get(path).version(Version::HTTP_2).body(()).unwrap();
    conn.begin(&request, |name| name::grpc(&request, name))
}

fn answer(mut flight: RequestGuard) {
    flight.set_answered(true);
}

/// How many are in flight, are finished and are cut.
fn counts(conn: &ConnShared) -> (usize, u64, u64) {
    (conn.in_flight().0, conn.tally().finished(), conn.tally().cut())
}

#[test]
fn an_answer_is_in_flight_until_it_is_flushed() {
    let (conn, tally) = open();
    let flight = begin(&conn, "/");
    tally.draining.begin();
    conn.flushed();
    answer(flight);
    assert_eq!(counts(&conn), (1, 0, 0), "that flush was before it");
    conn.flushed();
    assert_eq!(counts(&conn), (0, 1, 0));
}

#[test]
fn a_flush_before_the_drain_counts_too() {
    let (conn, tally) = open();
    answer(begin(&conn, "/"));
    conn.flushed();
    conn.settle();
    answer(begin(&conn, "/"));
    tally.draining.begin();
    assert_eq!(counts(&conn), (1, 0, 0), "the second one waits");
    conn.flushed();
    assert_eq!(counts(&conn), (0, 1, 0), "the first one was over before");
}

#[test]
fn a_part_of_an_answer_keeps_the_request() {
    let (conn, tally) = open();
    tally.draining.begin();
    let mut flight = begin(&conn, "/");
    let parts = [flight.share(), flight.share()];
    answer(flight);
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
fn asked(flight: RequestGuard, inner: Body) -> TrackedBody {
    let mut body = TrackedBody::new(inner, Some(flight), u64::MAX);
    let _ = Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop()));
    body
}

#[test]
fn a_body_that_goes_before_its_end_is_no_answer() {
    let (conn, tally) = open();
    tally.draining.begin();
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
    let (conn, tally) = open();
    tally.draining.begin();
    let end = || Body::from_stream(stream::empty::<Result<Bytes, io::Error>>());
    drop(asked(begin(&conn, "/"), end()));
    drop(TrackedBody::new(Body::from("not asked for"), Some(begin(&conn, "/")), u64::MAX));
    conn.flushed();
    assert_eq!(counts(&conn), (0, 2, 0));
}

#[test]
fn what_is_unanswered_is_not_counted() {
    let (conn, tally) = open();
    tally.draining.begin();
    drop(begin(&conn, "/"));
    assert_eq!(counts(&conn), (0, 0, 0), "its client has left");
}

#[test]
fn who_leaves_before_the_flush_is_not_counted() {
    let (conn, tally) = open();
    tally.draining.begin();
    answer(begin(&conn, "/"));
    let late = begin(&conn, "/");
    drop(conn.closed());
    assert_eq!(counts(&conn), (1, 0, 0), "a handler goes on");
    assert!(!conn.is_over(&mut Vec::new()));
    answer(late);
    assert_eq!(counts(&conn), (0, 0, 0));
    assert!(conn.is_over(&mut Vec::new()));
}

#[test]
fn who_has_left_before_a_request_begins_is_not_counted() {
    let (conn, tally) = open();
    tally.draining.begin();
    drop(conn.closed());
    let late = begin(&conn, "/");
    assert_eq!(counts(&conn), (1, 0, 0));
    answer(late);
    assert_eq!(counts(&conn), (0, 0, 0));
}

#[test]
fn a_request_that_becomes_a_connection_ends_with_it() {
    let (conn, tally) = open();
    tally.draining.begin();
    begin(&conn, "/").upgrade();
    conn.flushed();
    assert_eq!(counts(&conn), (1, 0, 0));
    drop(conn.closed());
    assert_eq!(counts(&conn), (0, 1, 0));
    assert!(conn.is_over(&mut Vec::new()));
}

#[test]
fn one_that_becomes_a_connection_too_late_is_not_waited_for() {
    let (conn, _) = open();
    let flight = begin(&conn, "/");
    drop(conn.closed());
    flight.upgrade();
    assert_eq!(conn.in_flight().0, 0);
    assert!(conn.is_over(&mut Vec::new()));
}

#[test]
fn a_cut_request_is_cut_however_it_ends() {
    let (conn, tally) = open();
    tally.draining.begin();
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
    let (conn, tally) = open();
    let panics = |path| {
        let flight = begin(&conn, path);
        let panicking = std::panic::AssertUnwindSafe(|| {
            let _flight = flight;
            std::panic::resume_unwind(Box::new(()));
        });
        std::panic::catch_unwind(panicking).unwrap_err();
    };
    panics("/before");
    assert_eq!(counts(&conn), (0, 0, 0));
    tally.draining.begin();
    panics("/within");
    assert_eq!(counts(&conn), (0, 0, 1));
    assert_eq!(tally.cuts()[0].what, "/within");
}

#[tokio::test(start_paused = true)]
async fn the_oldest_is_told() {
    let (conn, _) = open();
    let oldest = || conn.in_flight().1.map(|cut| (cut.what, cut.age)).unwrap();
    let second = Duration::from_secs(1);
    let first = begin(&conn, "/first");
    advance(second).await;
    let with_it = begin(&conn, "/with-it");
    conn.hear();
    let later = begin(&conn, "/later");
    assert_eq!(oldest(), ("/first".to_owned(), second));
    drop(first);
    assert_eq!(oldest(), ("/with-it".to_owned(), second), "it came with the same bytes");
    drop(with_it);
    assert_eq!(oldest(), ("/later".to_owned(), Duration::ZERO));
    drop(later);
}

#[test]
fn a_path_orders_no_terminal_about() {
    let (conn, _) = open();
    let _flight = begin(&conn, "/orders/\u{9b}2J?secret");
    assert_eq!(conn.in_flight().1.unwrap().what, "/orders/\u{fffd}2J");
}

#[test]
fn which_answers_become_connections() {
    let (conn, _) = open();
    let flight = |request: axum::http::request::Builder| {
        let request = request.body(()).unwrap();
        conn.begin(&request, |name| name::grpc(&request, name))
    };
    let (get, connect) = (flight(Request::get("/")), flight(Request::connect("test:80")));
    assert!(get.becomes_connection(StatusCode::SWITCHING_PROTOCOLS));
    assert!(!get.becomes_connection(StatusCode::OK));
    assert!(connect.becomes_connection(StatusCode::OK));
    assert!(!connect.becomes_connection(StatusCode::BAD_GATEWAY));
}

/// A handler that blocks its thread may outlive the server, and its book.
#[test]
fn a_cut_request_holds_its_service_without_its_book() {
    let (conn, tally) = open();
    tally.draining.begin();
    let mut flight = begin(&conn, "/");
    let part = flight.share();
    let (hold, service) = hold();
    conn.cut(Some(&hold));
    drop(hold);
    drop(conn);
    drop(flight);
    assert!(service.strong_count() > 0);
    drop(part);
    assert_eq!(service.strong_count(), 0);
}

#[test]
fn a_cut_request_holds_its_service_until_it_ends() {
    let (conn, tally) = open();
    tally.draining.begin();
    let flight = begin(&conn, "/");
    let (hold, service) = hold();
    conn.cut(Some(&hold));
    drop(hold);
    drop(conn.closed());
    assert!(service.strong_count() > 0);
    drop(flight);
    assert_eq!(service.strong_count(), 0, "whoever lets go releases it");
}

fn hold() -> (Hold, Weak<()>) {
    let held = Arc::new(());
    let weak = Arc::downgrade(&held);
    let (deadline, token) = (tokio::time::Instant::now(), CancellationToken::new());
    let stopping = StopContext::new(deadline, StopCause::Requested, token, weak.clone());
    (stopping.hold(), weak)
}

/// Entries are used again, whoever is in them meanwhile.
#[test]
fn the_book_does_not_grow_with_what_is_over() {
    let (conn, _) = open();
    let held: Vec<_> = (0..100).map(|_| begin(&conn, "/held")).collect();
    for _ in 0..10_000 {
        answer(begin(&conn, "/quick"));
        conn.flushed();
    }
    assert_eq!(conn.in_flight().0, 100);
    assert!(conn.room() < 200, "{} entries", conn.room());
    drop(held);
    assert_eq!(conn.in_flight().0, 0);
}

/// Requests begin and end in many threads while the connection is flushed and the drain begins: each is in the book until
/// it ends, none is counted twice, and nobody who ends in the drain is missed.
#[test]
fn nothing_is_lost_between_threads() {
    const THREADS: usize = 4;
    const TIMES: usize = 300;
    let (conn, tally) = open();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for round in 0..TIMES {
                    let mut flight = begin(&conn, "/");
                    assert!(conn.in_flight().0 > 0, "it is in flight itself");
                    let part = (round % 2 == 0).then(|| flight.share());
                    answer(flight);
                    drop(part);
                    if round == TIMES / 2 {
                        tally.draining.begin();
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
