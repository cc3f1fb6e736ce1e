//! zeromicro/go-zero#4261: an HTTP gateway and a gRPC server in one process, with streams that nobody ends. A1 to A3.

use std::path::Path;
use std::time::Duration;

use service_group_tests::{End, Signal};

use crate::app::{App, SERVICES, assert_clean, command, data_folder, report_line};
use crate::client::{self, Client, Events, new_order};
use crate::held::Held;

/// What a stop may take that waits for no request.
const AT_ONCE: Duration = Duration::from_secs(1);

#[track_caller]
fn assert_at_once(end: &End) {
    assert!(end.took < AT_ONCE, "it took {:?}: {}", end.took, end.text());
}

/// A1: whoever holds streams, SIGINT ends the process: at once, with the last line of `main` and exit code 0.
#[test]
fn held_streams_hold_up_nothing() {
    let data = data_folder();
    let app = App::start(data.path(), &[]);
    let streams = Held::open(app.rpc);
    let events = Events::open(app.http, None);
    let mut idle = Client::connect(app.http).unwrap();

    let end = app.stop(Signal::INT);
    assert_clean(&end);
    assert_at_once(&end);
    assert_eq!(end.said.iter().filter(|line| line.as_str() == "Exiting").count(), 1, "{}", end.text());
    streams.assert_told();
    events.assert_ends();
    assert!(idle.is_closed());
}

/// With nobody connected but the gateway, which holds a reflection stream by itself.
#[test]
fn it_stops_at_once_when_idle() {
    let data = data_folder();
    let end = App::start(data.path(), &[]).stop(Signal::INT);
    assert_clean(&end);
    assert_at_once(&end);
    assert!(!end.text().contains("answered"), "streams that look on are no requests: {}", end.text());
}

/// A2: an order that the gateway has begun to read, and that goes on to the rpc server while the gateway drains.
#[test]
fn a_request_that_comes_in_while_it_stops_is_answered() {
    let data = data_folder();
    let mut app = App::start(data.path(), &["--work-ms", "300"]);
    let streams = Held::open(app.rpc);
    let mut order = Client::connect(app.http).unwrap().begin_post(&new_order("tea", 2));

    app.process.signal(Signal::INT);
    app.wait_for_stop_of("gateway");
    order.send_body();
    let end = app.process.end();
    assert_at_once(&end);
    assert_answered(&end, 1);
    streams.assert_told();
    assert_created(&order.answer().unwrap());
    assert_kept(data.path());
}

/// A2: an order that the rpc server works on already, beside all that can be held open.
#[test]
fn a_request_in_flight_is_answered() {
    let data = data_folder();
    let command = &mut command(data.path());
    // The log of the HTTP/2 library tells when the rpc server has the order.
    let mut app = App::spawn(command.args(["--work-ms", "300"]).env("RUST_LOG", "info,h2=debug"));
    let streams = Held::open(app.rpc);
    let events = Events::open(app.http, None);
    let mut order = Client::connect(app.http).unwrap().begin_post(&new_order("tea", 2));
    order.send_body();
    // The third call on the gateway's own connection, after its reflection stream and the watch behind the events.
    app.process.wait_for("received frame=Data { stream_id: StreamId(5)");

    let end = app.stop(Signal::INT);
    assert_at_once(&end);
    // The order, and the events, which the gateway ended by itself.
    assert_answered(&end, 2);
    streams.assert_told();
    events.assert_ends();
    assert_created(&order.answer().unwrap());
    assert_kept(data.path());
}

/// The gateway finished so many requests while it drained, and nobody cut one.
#[track_caller]
fn assert_answered(end: &End, count: u8) {
    assert_clean(end);
    let gateway = report_line(end, "gateway");
    assert!(gateway.ends_with(&format!("  graceful, {count} answered")), "{gateway}");
    assert!(!end.text().contains(" cut"), "{}", end.text());
}

#[track_caller]
fn assert_created(answer: &client::Answer) {
    assert!(answer.status == 201 && answer.closes(), "{answer:?}");
    assert_eq!(answer.json()["id"], 1);
}

/// The order is there in the next run.
#[track_caller]
fn assert_kept(data: &Path) {
    let app = App::start(data, &[]);
    let found = client::get(app.http, "/orders/1");
    assert_eq!((found.status, &found.json()["item"]), (200, &"tea".into()), "{found:?}");
    assert_clean(&app.stop(Signal::INT));
}

/// A3: each ended before the next was asked, and the report says so.
#[test]
fn each_waits_for_those_that_use_it() {
    let data = data_folder();
    let app = App::start(data.path(), &[]);
    assert_eq!(client::order(app.http, "tea", 2).status, 201);
    let end = app.stop(Signal::TERM);
    // The log: it stops in the order of `SERVICES`, back to front, and one at a time.
    assert_clean(&end);
    assert!(!report_line(&end, "gateway").contains("after"), "{}", end.text());
    for users in SERVICES.windows(2) {
        let line = report_line(&end, users[0]);
        assert!(line.ends_with(&format!("graceful, after `{}`", users[1])), "{line}");
    }
    let lines: Vec<_> = SERVICES.iter().rev().map(|service| report_line(&end, service)).collect();
    assert!(end.text().contains(&lines.join("\n")), "{}", end.text());
    let telemetry = std::fs::read_to_string(data.path().join("telemetry.jsonl")).unwrap();
    assert!(telemetry.contains(r#""orders_created":1"#), "flushed last, with all counted: {telemetry}");
}

/// A19: the ports are free again at once, though connections were open on them.
#[test]
fn the_same_ports_can_be_bound_again_at_once() {
    let data = data_folder();
    let mut app = App::start(data.path(), &[]);
    for _ in 0..3 {
        let streams = Held::open(app.rpc);
        let events = Events::open(app.http, None);
        let mut kept_alive = Client::connect(app.http).unwrap();
        assert_eq!(kept_alive.get("/orders").unwrap().status, 200);
        let (http, rpc) = (app.http, app.rpc);
        assert_clean(&app.stop(Signal::TERM));
        app = App::start(data.path(), &["--http", &http.to_string(), "--rpc", &rpc.to_string()]);
        assert_eq!((app.http, app.rpc), (http, rpc));
        drop((streams, events, kept_alive));
    }
    assert_clean(&app.stop(Signal::TERM));
}
