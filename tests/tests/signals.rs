//! Signals beside a run: before and after it, with several runs, with the program's own handlers, under nohup.

use std::process::Command;
use std::thread;
use std::time::Duration;

use service_group_tests::{End, Process, Signal};

fn faulty(how: &str, flavor: &str) -> Process {
    Process::spawn(Command::new(env!("CARGO_BIN_EXE_faulty")).args([how, flavor]))
}

fn count(end: &End, line: &str) -> usize {
    end.said.iter().filter(|said| *said == line).count()
}

/// Long enough for a wrong effect of a signal to show, and for the next signal to count.
fn pause() {
    thread::sleep(Duration::from_millis(300));
}

#[test]
fn before_the_first_run_signals_do_what_they_do_by_default() {
    // The program that runs the tests may ignore the others: a shell in the background, nohup.
    let mut process = faulty("before the run", "multi-thread");
    process.wait_for("before");
    process.signal(Signal::TERM);
    let end = process.end();
    assert_eq!(end.code(), -15, "{}", end.text());
}

/// The first of two runs ends by itself. The second still receives the signal that stops it.
#[test]
fn a_run_that_ends_leaves_the_signals_to_the_other() {
    for flavor in ["multi-thread", "current-thread"] {
        let mut process = faulty("first of two ends", flavor);
        process.wait_for("first is over");
        pause();
        assert_eq!(process.said().matches("-below").count(), 1, "the second goes on: {}", process.said());
        process.signal(Signal::TERM);
        let end = process.end();
        assert_eq!((end.code(), count(&end, "-below")), (0, 2), "{}", end.text());
    }
}

/// A signal is for all runs, and stops each of them once.
#[test]
fn one_signal_stops_all_runs() {
    let mut process = faulty("two apps", "multi-thread");
    process.wait_for("ready");
    process.wait_for("ready");
    process.signal(Signal::TERM);
    let end = process.end();
    assert_eq!((end.code(), count(&end, "-below")), (0, 2), "{}", end.text());
}

/// The program's own handlers of tokio receive the signal that stops the run, and later ones.
#[test]
fn handlers_of_tokio_go_on_working() {
    for flavor in ["multi-thread", "current-thread"] {
        let mut process = faulty("own signals", flavor);
        process.wait_for("ready");
        process.signal(Signal::TERM);
        process.wait_for("run is over");
        pause();
        process.signal(Signal::TERM);
        process.wait_for("received again");
        let end = process.end();
        assert_eq!((end.code(), count(&end, "received"), count(&end, "-below")), (0, 1, 1), "{}", end.text());
    }
}

/// A process that nohup started outlives its terminal, and still stops in order when it is asked.
#[test]
fn nohup_is_honoured() {
    let mut process = Process::spawn(Command::new("nohup").args([env!("CARGO_BIN_EXE_faulty"), "nothing"]));
    process.wait_for("ready");
    process.signal(Signal::HUP);
    pause();
    assert!(!process.said().contains("-above"), "the hangup was ignored at the start: {}", process.said());
    process.signal(Signal::TERM);
    let end = process.end();
    assert_eq!((end.code(), count(&end, "-below")), (0, 1), "{}", end.text());
}

fn foreign(how: &str) -> Process {
    Process::spawn(Command::new(env!("CARGO_BIN_EXE_foreign")).args(["chosen", how]))
}

/// A signal that a run does not choose keeps its default action.
#[test]
fn a_run_stops_on_the_signals_that_it_chose() {
    for (how, signal, code) in [
        ("terminate", Signal::TERM, 0),
        ("terminate", Signal::QUIT, -3),
        ("no-hangup", Signal::TERM, 0),
        ("no-hangup", Signal::HUP, -1),
    ] {
        let mut process = foreign(how);
        process.wait_for("ready");
        process.signal(signal);
        let end = process.end();
        assert_eq!(end.code(), code, "{how}: {}", end.text());
    }
}

#[test]
fn a_repeated_signal_can_be_ignored_and_another_one_forces() {
    let mut process = foreign("ignore-repeats");
    process.wait_for("ready");
    process.signal(Signal::TERM);
    process.wait_for("stopping");
    pause();
    process.signal(Signal::TERM);
    let end = process.end();
    assert_eq!((end.code(), count(&end, "forced")), (0, 0), "{}", end.text());

    let mut process = foreign("ignore-repeats");
    process.wait_for("ready");
    process.signal(Signal::TERM);
    process.wait_for("stopping");
    pause();
    process.signal(Signal::QUIT);
    let end = process.end();
    assert_eq!((end.code(), count(&end, "forced")), (3, 1), "{}", end.text());
}

/// A shell starts a job in the background with SIGINT and SIGQUIT ignored.
#[test]
fn a_signal_that_was_ignored_at_the_start_stays_ignored() {
    let script = r#"trap "" INT QUIT; exec "$0" chosen terminate-and-more"#;
    let mut process = Process::spawn(Command::new("sh").args(["-c", script, env!("CARGO_BIN_EXE_foreign")]));
    process.wait_for("ready");
    process.signal(Signal::INT);
    pause();
    assert!(!process.said().contains("stopping"), "{}", process.said());
    process.signal(Signal::TERM);
    assert_eq!(process.end().code(), 0);
}
