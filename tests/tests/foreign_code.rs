//! Whole processes whose foreign code panics or blocks: subscribers, and the drop of inputs.

use std::process::{Command, Stdio};
use std::time::Duration;

use service_group_tests::{End, Process, Signal};

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_foreign"));
    command.args(args).env("RUST_BACKTRACE", "0");
    command
}

/// Starts it, sends SIGTERM when it is ready, and waits for the end.
fn terminated(args: &[&str]) -> End {
    let mut process = Process::spawn(&mut command(args));
    process.wait_for("ready");
    process.signal(Signal::TERM);
    process.end()
}

const METHODS: [&str; 7] = ["event", "new_span", "enter", "exit", "clone_span", "try_close", "record"];

#[test]
fn a_subscriber_that_panics_changes_nothing_and_is_reported_once() {
    for method in METHODS.into_iter().chain(["all"]) {
        for runtime in [&[][..], &["current-thread"]] {
            let end = terminated(&[&[method, "panics"], runtime].concat());
            assert_eq!(end.code(), 0, "{method}: {}", end.text());
            assert!(end.said.iter().any(|line| line == "closed"), "{method}: {}", end.text());
            let reports =
                end.on_stderr.iter().filter(|line| line.contains("the tracing subscriber panicked"));
            // Nothing is recorded in a span where nothing fails, and not every subscriber clones one.
            let expected = if ["record", "clone_span"].contains(&method) { 0..=1 } else { 1..=1 };
            assert!(expected.contains(&reports.count()), "{method}: {}", end.text());
        }
    }
}

#[test]
fn a_task_starts_again_although_the_subscriber_panics() {
    let mut process = Process::spawn(&mut command(&["event", "panics"]));
    process.wait_for("runs again");
    process.signal(Signal::TERM);
    assert_eq!(process.end().code(), 0);
}

/// Each event would block: the stop, with windows of 1 s, is as orderly as without a subscriber.
#[test]
fn a_subscriber_that_blocks_at_an_event_delays_neither_start_nor_stop() {
    for how in ["blocks", "is-slow"] {
        for runtime in [&[][..], &["current-thread"]] {
            let end = terminated(&[&["event", how], runtime].concat());
            assert_eq!(end.code(), 0, "{how}: {}", end.text());
            assert!(end.said.iter().any(|line| line == "closed"), "{how}: {}", end.text());
            let lost = end.on_stderr.iter().find(|line| line.contains("of `App` were not logged"));
            assert!(lost.is_some(), "{how}: {}", end.text());
        }
    }
}

/// `tracing_subscriber::fmt` falls back to `eprintln!`, which panics once stderr is gone.
#[test]
fn a_log_whose_reader_has_left_changes_nothing() {
    for what in ["fmt", "fmt-with-spans"] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut process = Process::spawn_to(&mut command(&[what]), Stdio::from(writer));
        process.wait_for("ready");
        process.signal(Signal::TERM);
        let end = process.end();
        assert_eq!(end.code(), 0, "{what}: {}", end.text());
        assert!(end.said.iter().any(|line| line == "closed"), "{what}: {}", end.text());
    }
}

#[test]
fn a_log_that_is_full_and_not_read_delays_nothing() {
    let mut process = Process::spawn_unread(&mut command(&["fmt"]));
    process.wait_for("ready");
    process.signal(Signal::TERM);
    let end = process.end();
    assert_eq!(end.code(), 0, "{}", end.text());
    assert!(end.said.iter().any(|line| line == "closed"), "{}", end.text());
}

#[test]
fn an_input_is_named_whose_drop_panics_or_never_ends() {
    for (how, code, expected) in [
        ("panics", 1, "panicked: the guard is broken"),
        ("blocks", 3, "stuck"),
        ("is-slow", 0, ""),
        ("drops-a-runtime", 0, ""),
    ] {
        for runtime in [&[][..], &["current-thread"]] {
            let end = terminated(&[&["input", how], runtime].concat());
            assert_eq!(end.code(), code, "{how}: {}", end.text());
            let named = end.on_stderr.iter().any(|line| line.contains("guard") && line.contains(expected));
            assert!(named || expected.is_empty(), "{how}: {}", end.text());
            let dropped = end.said.iter().filter(|line| *line == "guard dropped").count();
            assert_eq!(dropped, if code == 0 { 2 } else { 1 }, "{how}: {}", end.text());
        }
    }
}

/// It is dropped with the inputs, which it delays no more than they delay each other.
#[test]
fn a_given_value_that_was_replaced_is_named_whose_drop_panics_or_never_ends() {
    for (how, code, expected) in
        [("panics", 1, "panicked: the guard is broken"), ("blocks", 3, "stuck"), ("is-slow", 0, "")]
    {
        for runtime in [&[][..], &["current-thread"]] {
            let end = terminated(&[&["replaced", how], runtime].concat());
            assert_eq!(end.code(), code, "{how}: {}", end.text());
            let named = end.on_stderr.iter().any(|line| line.contains("guard") && line.contains(expected));
            assert!(named || expected.is_empty(), "{how}: {}", end.text());
            let dropped = end.said.iter().filter(|line| *line == "guard dropped").count();
            assert_eq!(dropped, if code == 0 { 3 } else { 2 }, "{how}: {}", end.text());
        }
    }
}

/// A crash reporter flushes when its guard is dropped, which must exist before the runtime.
#[test]
fn what_was_there_before_the_runtime_has_time_to_flush() {
    for runtime in [&[][..], &["current-thread"]] {
        let end = terminated(&[&["flush", ""], runtime].concat());
        assert_eq!(end.code(), 0, "{}", end.text());
        assert_eq!(end.said.last().map(String::as_str), Some("flushed"), "{}", end.text());
        assert!(end.on_stderr.is_empty(), "{}", end.text());
    }
}

#[test]
fn a_start_that_a_stop_request_interrupts_is_named_with_exit_code_0() {
    let end = terminated(&["torn"]);
    assert_eq!(end.code(), 0, "{}", end.text());
    let line = "service-group: `Migrates` was asked to stop while it started; interrupted starts: `migration` after ";
    assert!(end.on_stderr.iter().any(|said| said.starts_with(line)), "{}", end.text());
}

/// A signal within 200 ms of the one that stopped the first run is a request to the second.
#[test]
fn a_signal_right_after_the_first_run_stops_the_second() {
    let mut process = Process::spawn(&mut command(&["two-runs"]));
    process.wait_for("ready");
    process.signal(Signal::HUP);
    process.wait_for("ready again");
    process.signal(Signal::TERM);
    assert_eq!(process.end().code(), 0);
}

#[test]
fn a_program_that_handles_signals_by_itself_keeps_them_after_an_earlier_run() {
    for how in ["restore", "do-not-restore"] {
        let end = terminated(&["own-signals", how]);
        assert_eq!(end.code(), 0, "{}", end.text());
        assert!(end.said.iter().any(|line| line == "received by the program"), "{}", end.text());
    }
}

/// Lets the process stand still for longer than any of its windows.
fn suspend(process: &Process) {
    process.signal(Signal::STOP);
    std::thread::sleep(Duration::from_millis(2_500));
    process.signal(Signal::CONT);
}

#[test]
fn time_in_which_the_process_did_not_run_uses_up_no_window() {
    for (step, runtime) in [("starting", ""), ("lame duck", ""), ("stopping", ""), ("starting", "current")] {
        let args = ["suspended", "", runtime];
        let mut process = Process::spawn(&mut command(&args[..if runtime.is_empty() { 2 } else { 3 }]));
        process.wait_for("starting");
        if step == "starting" {
            suspend(&process);
        }
        process.wait_for("ready");
        process.signal(Signal::TERM);
        if step == "stopping" {
            process.wait_for("stopping");
        }
        if step != "starting" {
            suspend(&process);
        }
        let end = process.end();
        assert_eq!(end.code(), 0, "suspended while {step}: {}", end.text());
    }
}

/// The engine runs on the thread that is blocked: only the supervisor can end the window.
#[test]
fn a_start_that_blocks_the_only_thread_is_ended() {
    let end = Process::spawn(&mut command(&["blocks-the-start", "", "current"])).end();
    assert_eq!(end.code(), 4, "{}", end.text());
    let last = end.on_stderr.last().cloned().unwrap_or_default();
    assert!(
        last.starts_with("service-group: `BlocksTheStart` cannot start: its runtime has run no task"),
        "{last}"
    );
    assert!(last.contains("`store`"), "{last}");
}
