//! Tests of stops with open streams and requests in flight: the situation of zeromicro/go-zero#4261, an HTTP gateway
//! and a gRPC server in one process with streams that no client ends.

use std::path::Path;
use std::time::Duration;

use service_group_tests::{End, Signal};

use crate::app::{App, SERVICES, assert_clean, command, data_folder, report_line};
use crate::client::{self, Client, Events, new_order};
use crate::held::Held;

/// The maximum duration of a stop that waits for no long request.
const AT_ONCE: Duration = Duration::from_secs(1);

#[track_caller]
fn assert_at_once(end: &End) {
    assert!(end.took < AT_ONCE, "the stop took {:?}: {}", end.took, end.text());
}

/// While clients hold streams open, SIGINT ends the process at once, with the last line of `main` and exit code 0.
#[test]
fn held_streams_do_not_delay_the_stop() {
    let data = data_folder();
    let app = App::start(data.path(), &[]);
    let streams = Held::open(app.rpc);
    let events = Events::open(app.http, None);
    let mut idle = Client::connect(app.http).unwrap();

    let end = app.stop(Signal::INT);
    assert_clean(&end);
    assert_at_once(&end);
    assert_eq!(end.said.iter().filter(|line| line.as_str() == "Exiting").count(), 1, "{}", end.text());
    streams.assert_ended_by_the_stop();
    events.assert_ends();
    assert!(idle.is_closed());
}

/// No client is connected except the gateway, which holds a reflection stream open.
#[test]
fn an_idle_program_stops_at_once() {
    let data = data_folder();
    let end = App::start(data.path(), &[]).stop(Signal::INT);
    assert_clean(&end);
    assert_at_once(&end);
    assert!(!end.text().contains("answered"), "a reflection stream was counted as a request: {}", end.text());
}

/// The gateway has read the head of an order when it starts to drain, and calls the rpc server during the drain.
#[test]
fn a_request_that_is_completed_during_the_stop_is_answered() {
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
    streams.assert_ended_by_the_stop();
    assert_created(&order.answer().unwrap());
    assert_kept(data.path());
}

/// The rpc server is processing an order when the stop begins, while clients hold streams of all kinds open.
#[test]
fn a_request_in_flight_is_answered() {
    let data = data_folder();
    let command = &mut command(data.path());
    // The log of the HTTP/2 library shows when the rpc server has received the order.
    let mut app = App::spawn(command.args(["--work-ms", "300"]).env("RUST_LOG", "info,h2=debug"));
    let streams = Held::open(app.rpc);
    let events = Events::open(app.http, None);
    let mut order = Client::connect(app.http).unwrap().begin_post(&new_order("tea", 2));
    order.send_body();
    // The third call on the gateway's connection, after its reflection stream and the watch that feeds the events.
    app.process.wait_for("received frame=Data { stream_id: StreamId(5)");

    let end = app.stop(Signal::INT);
    assert_at_once(&end);
    // The order, and the event stream, which the gateway ended.
    assert_answered(&end, 2);
    streams.assert_ended_by_the_stop();
    events.assert_ends();
    assert_created(&order.answer().unwrap());
    assert_kept(data.path());
}

/// Asserts a clean stop in which the gateway answered this many requests and cut none.
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

/// Asserts that the order is there in the next run.
#[track_caller]
fn assert_kept(data: &Path) {
    let app = App::start(data, &[]);
    let found = client::get(app.http, "/orders/1");
    assert_eq!((found.status, &found.json()["item"]), (200, &"tea".into()), "{found:?}");
    assert_clean(&app.stop(Signal::INT));
}

/// Each service ends before the stop of the next one begins, in the log and in the report.
#[test]
fn each_service_stops_after_its_dependents() {
    let data = data_folder();
    let app = App::start(data.path(), &[]);
    assert_eq!(client::order(app.http, "tea", 2).status, 201);
    let end = app.stop(Signal::TERM);
    // Checks the log: the services stopped in the reverse order of `SERVICES`, one at a time.
    assert_clean(&end);
    assert!(!report_line(&end, "gateway").contains("after"), "{}", end.text());
    for users in SERVICES.windows(2) {
        let line = report_line(&end, users[0]);
        assert!(line.ends_with(&format!("graceful, after `{}`", users[1])), "{line}");
    }
    let lines: Vec<_> = SERVICES.iter().rev().map(|service| report_line(&end, service)).collect();
    assert!(end.text().contains(&lines.join("\n")), "{}", end.text());
    let telemetry = std::fs::read_to_string(data.path().join("telemetry.jsonl")).unwrap();
    assert!(
        telemetry.contains(r#""orders_created":1"#),
        "the telemetry was written before the order was counted: {telemetry}"
    );
}

/// The ports can be bound again at once, although connections were open on them.
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
