//! Tests of a second and a third signal, and of signals during the start.

use std::process::Command;
use std::thread;
use std::time::Duration;

use service_group_tests::{Process, Signal};

use crate::app::{App, SERVICES, assert_stopped_in_order, command, data_folder, report_line, with_settings};
use crate::client::{self, Client, new_order};

/// Waits until the next signal counts as another one: signals that follow too soon are ignored.
fn pause_between_signals() {
    thread::sleep(Duration::from_millis(250));
}

/// A second signal cuts the request that delays the stop. The log and the report name it, and all services still stop
/// in order.
#[test]
fn a_second_signal_cuts_the_request_in_flight() {
    let data = data_folder();
    let mut app = App::start(data.path(), &["--work-ms", "60000"]);
    let mut order = Client::connect(app.http).unwrap().begin_post(&new_order("tea", 2));
    order.send_body();
    app.process.signal(Signal::INT);
    app.wait_for_stop_of("gateway");
    pause_between_signals();

    let end = app.stop(Signal::INT);
    assert_eq!(end.code(), 3, "{}", end.text());
    assert!(end.took < Duration::from_secs(1), "it took {:?}: {}", end.took, end.text());
    assert_eq!(assert_stopped_in_order(&end), SERVICES);
    let gateway = report_line(&end, "gateway");
    assert!(gateway.contains("  forced, 1 cut: POST /orders, "), "{gateway}");
    assert!(end.on_stderr.iter().any(|line| line == gateway), "{}", end.text());
    let is_logged = |line: &String| line.contains(" WARN ") && line.contains("stopped service=\"gateway\"");
    assert!(
        end.on_stderr.iter().any(|line| is_logged(line) && line.contains("outcome=forced")),
        "{}",
        end.text()
    );
    order.answer().expect_err("it was cut");
}

/// A third signal ends the process at once with exit code 4.
#[test]
fn a_third_signal_ends_the_process() {
    let data = data_folder();
    // Opening a FIFO for writing blocks until it is opened for reading, so the stop of the telemetry waits.
    let made = Command::new("mkfifo").arg(data.path().join("telemetry.jsonl")).status().unwrap();
    assert!(made.success());
    let mut app = App::start(data.path(), &[]);
    assert_eq!(client::order(app.http, "tea", 2).status, 201);
    app.process.signal(Signal::TERM);
    app.wait_for_stop_of("telemetry");
    pause_between_signals();
    app.process.signal(Signal::INT);
    app.process.wait_for("forced: each window is cut");
    // Less than the telemetry has left of its window after the second signal.
    pause_between_signals();

    let end = app.stop(Signal::INT);
    let last = "service-group: a third signal, SIGINT, ends the process; in `App` `telemetry` has been stopping for ";
    assert!(end.code() == 4 && end.said.last().unwrap().starts_with(last), "{}", end.text());
    assert!(end.took < Duration::from_millis(500), "it took {:?}: {}", end.took, end.text());
}

/// SIGTERM after each log line of the start stops the services that have started.
#[test]
fn sigterm_after_each_line_of_the_start() {
    let lines = [
        "starting group=",
        "started service=\"telemetry\"",
        "admin listening on ",
        "started service=\"admin\"",
        "started service=\"migrations\"",
        "started service=\"store\"",
        "started service=\"totals\"",
        "rpc listening on ",
        "started service=\"rpc\"",
        "started service=\"upstream\"",
        "gateway listening on ",
        "started service=\"gateway\"",
        "ready group=",
    ];
    for line in lines {
        let data = data_folder();
        let mut process = Process::spawn(&mut command(data.path()));
        process.wait_for(line);
        assert_sigterm_rolls_back(process);
    }
}

/// SIGTERM at varying moments, from the first moment of the process.
#[test]
fn sigterm_at_any_moment_of_the_start() {
    for moment in (0..40_u64).map(|round| round * 7_919 % 40_000) {
        let data = data_folder();
        let process = Process::spawn(&mut command(data.path()));
        // The moment varies by design. No assertion depends on it.
        thread::sleep(Duration::from_micros(moment));
        assert_sigterm_rolls_back(process);
    }
}

/// Sends SIGTERM. Asserts that exactly the started services are stopped, and that the exit code is 0.
fn assert_sigterm_rolls_back(process: Process) {
    process.signal(Signal::TERM);
    let end = process.end();
    let started = assert_stopped_in_order(&end);
    if end.code() == -15 {
        // SIGTERM arrived before the process handled signals. No service starts earlier than that.
        assert!(started.is_empty(), "{}", end.text());
        return;
    }
    assert_eq!((end.code(), end.said.iter().any(|line| line == "Exiting")), (0, true), "{}", end.text());
    assert!(end.took < Duration::from_secs(1), "it took {:?}: {}", end.took, end.text());
    assert!(!end.text().contains(" WARN ") && !end.text().contains(" ERROR "), "{}", end.text());
    let stopped = format!(" {} service", started.len());
    if !started.is_empty() {
        assert!(end.text().contains(" on SIGTERM:") && end.text().contains(&stopped), "{}", end.text());
    }
}

/// A mask that the program inherits blocks a signal in all of its threads: the log names it, and the others stop the program.
#[cfg(target_os = "linux")]
#[test]
fn a_blocked_signal_is_named() {
    let data = data_folder();
    let mut program = Command::new("env");
    program.args(["--block-signal=HUP", env!("CARGO_BIN_EXE_gateway-rpc")]);
    let end = App::spawn(&mut with_settings(program, data.path())).stop(Signal::TERM);
    assert_eq!(end.code(), 0, "{}", end.text());
    let blocked: Vec<_> = end.said.iter().filter(|line| line.contains("is blocked in all threads")).collect();
    assert!(matches!(blocked[..], [line] if line.contains("signal=SIGHUP")), "{}", end.text());
}
