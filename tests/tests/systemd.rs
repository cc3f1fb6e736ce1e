//! The messages of a failing process to systemd: a real process, a real datagram socket.
#![cfg(target_os = "linux")]

use std::process::Command;
use std::time::Duration;

use service_group_tests::{Manager, Process, Signal};

/// A program with a service manager.
struct Run {
    manager: Manager,
    process: Process,
}

fn faulty(arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    let manager = Manager::listening();
    let command = &mut Command::new(env!("CARGO_BIN_EXE_faulty"));
    command.args(arguments).envs(variables.iter().copied()).env("RUST_BACKTRACE", "0");
    let process = Process::spawn(manager.of(command));
    Run { manager, process }
}

/// The time that each message asks for.
fn extensions(manager: &mut Manager) -> Vec<Duration> {
    let lines = manager.heard().iter().flat_map(|message| message.lines());
    let usecs = lines.filter_map(|line| line.strip_prefix("EXTEND_TIMEOUT_USEC="));
    usecs.map(|usec| Duration::from_micros(usec.parse().unwrap())).collect()
}

#[test]
fn a_whole_life_is_reported_in_order() {
    let mut run = faulty(&["nothing"], &[]);
    assert_eq!(run.manager.wait_for("READY=1"), "READY=1\nSTATUS=running");
    run.process.signal(Signal::TERM);
    let message = run.manager.wait_for("STOPPING=1");
    assert!(message.starts_with("STOPPING=1\nSTATUS=stopping on SIGTERM"), "{message}");
    let end = run.process.end();
    assert_eq!(end.code(), 0, "{}", end.text());
    assert_eq!(run.manager.states(), ["READY=1", "STOPPING=1"]);
    let last = run.manager.heard().last().unwrap();
    assert!(
        last.starts_with("STATUS=`App` stopped in ") && last.ends_with(": 4 services, all gracefully"),
        "{last}"
    );
}

/// A group is not ready while one of its services is not. `systemctl status` goes on showing the last status.
#[test]
fn a_start_that_fails_reports_why_and_never_that_it_is_ready() {
    let mut run = faulty(&["start error"], &[]);
    let end = run.process.end();
    assert_eq!(end.code(), 1, "{}", end.text());
    assert_eq!(run.manager.states(), ["STOPPING=1"]);
    let last = "STATUS=`middle` (needed by `above`) did not start: the disk is gone";
    assert_eq!(run.manager.heard().last().unwrap(), last);

    let mut run = faulty(&["budget too short"], &[]);
    assert_eq!(run.process.end().code(), 1);
    assert_eq!(run.manager.states(), Vec::<&str>::new());
    let last = run.manager.heard().last().unwrap();
    assert!(last.starts_with("STATUS=the slowest stop path of `App` takes "), "{last}");
}

/// Its start may take 95 s: 5 s for `middle`, and 30 s each for `below`, `above` and `task`.
#[test]
fn a_start_names_the_service_that_hangs_and_asks_for_no_more_than_its_windows() {
    let mut run = faulty(&["start hang"], &[]);
    let message = run.manager.wait_for("STATUS=starting: waiting for `middle`\n");
    assert!(message.contains("EXTEND_TIMEOUT_USEC="), "{message}");
    run.manager.wait_for("STATUS=starting: waiting for `middle`\n");
    let asked = extensions(&mut run.manager);
    assert!(asked.iter().all(|asked| *asked <= Duration::from_secs(95)), "{asked:?}");
    assert!(asked.is_sorted_by(|before, after| before >= after), "they are all of one moment: {asked:?}");
    run.process.signal(Signal::TERM);
    assert_eq!(run.process.end().code(), 0);
    assert_eq!(run.manager.states(), ["STOPPING=1"]);
}

#[test]
fn a_stop_names_the_service_that_it_waits_for_and_asks_for_no_more_than_the_budget() {
    let mut run = faulty(&["stop forced"], &[]);
    run.manager.wait_for("READY=1");
    let before = extensions(&mut run.manager).len();
    run.process.signal(Signal::TERM);
    let message = run.manager.wait_for("waiting for `middle`");
    let (_, status) = message.split_once("STATUS=").unwrap();
    assert!(
        status.starts_with("stopping on SIGTERM: waiting for `middle`; ")
            && status.contains(" left of 10 s\n")
    );
    assert_eq!(run.process.end().code(), 3);
    let asked = extensions(&mut run.manager).split_off(before);
    assert!(asked.len() > 2 && asked[0] <= Duration::from_secs(11), "{asked:?}");
    assert!(asked.is_sorted_by(|before, after| before >= after), "{asked:?}");
    let last = run.manager.heard().last().unwrap();
    assert!(last.starts_with("STATUS=`App` stopped in ") && last.ends_with(": `middle` forced"), "{last}");
}

/// Four pings in 400 ms, until all threads are blocked; the stall is reported a second later. Then systemd would restart it.
#[test]
fn a_blocked_runtime_is_not_reported_alive_and_its_stop_is_reported() {
    let mut run = faulty(&["blocked runtime"], &[("WATCHDOG_USEC", "400000")]);
    run.manager.wait_for("READY=1");
    run.process.wait_for("blocking");
    run.process.wait_for("blocking");
    let pings =
        |manager: &mut Manager| manager.states().iter().filter(|state| **state == "WATCHDOG=1").count();
    let before = pings(&mut run.manager);
    run.process.wait_for("has run no task for ");
    let after = pings(&mut run.manager) - before;
    assert!(after <= 2, "{after} more than a second after the last thread was blocked");

    run.process.signal(Signal::TERM);
    run.manager.wait_for("STOPPING=1");
}

#[test]
fn a_running_runtime_is_reported_alive_until_it_stops() {
    let mut run = faulty(&["nothing"], &[("WATCHDOG_USEC", "20000")]);
    for _ in 0..20 {
        run.manager.wait_for("WATCHDOG=1");
    }
    run.process.signal(Signal::TERM);
    assert_eq!(run.process.end().code(), 0);
    let states = run.manager.states();
    let running = states.strip_prefix(&["READY=1"]).and_then(|states| states.strip_suffix(&["STOPPING=1"]));
    assert!(running.is_some_and(|states| states.iter().all(|state| *state == "WATCHDOG=1")), "{states:?}");
}

#[test]
fn a_watchdog_of_another_process_receives_nothing() {
    let mut run = faulty(&["nothing"], &[("WATCHDOG_USEC", "1000"), ("WATCHDOG_PID", "1")]);
    run.process.wait_for("ready");
    run.process.signal(Signal::TERM);
    assert_eq!(run.process.end().code(), 0);
    assert_eq!(run.manager.states(), ["READY=1", "STOPPING=1"]);
}

/// Its stop blocks the tasks that send messages. The thread that ends the process sends the last one.
#[test]
fn a_process_that_ends_itself_reports_why() {
    let mut run = faulty(&["blocked soon", "current-thread"], &[]);
    run.process.wait_for("ready");
    run.process.signal(Signal::TERM);
    let end = run.process.end();
    assert_eq!(end.code(), 4, "{}", end.text());
    let last = run.manager.heard().last().unwrap();
    assert!(
        last.starts_with(
            "STATUS=service-group: `Soon` missed its stop budget of 500 ms and the grace period of 1 s: "
        ),
        "{last}"
    );
}

#[test]
fn a_run_without_systemd_reports_nothing() {
    let mut run = faulty(&["without systemd"], &[("WATCHDOG_USEC", "1000")]);
    run.process.wait_for("ready");
    run.process.signal(Signal::TERM);
    assert_eq!(run.process.end().code(), 0);
    assert_eq!(run.manager.heard(), Vec::<String>::new());
}

/// A process has one state: of two runs, the first to begin reports its own.
#[test]
fn of_two_runs_one_reports() {
    let mut run = faulty(&["first of two ends"], &[]);
    run.process.wait_for("first is over");
    run.process.signal(Signal::TERM);
    assert_eq!(run.process.end().code(), 0);
    let states = run.manager.states();
    assert_eq!(states.iter().filter(|state| **state == "READY=1").count(), 1, "{states:?}");
    let last = run.manager.heard().last().unwrap();
    assert!(last.contains(" on request: "), "{last}");
}
