//! SIGHUP in a whole process: reloads, and what they, checks and attempts to start cannot break.
#![cfg(target_os = "linux")]

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use service_group_tests::{Manager, Process, Signal, Terminal};

const FLAVORS: [&str; 2] = ["multi-thread", "current-thread"];

fn command(how: &str, flavor: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reloads"));
    command.args([how, flavor]).env("RUST_BACKTRACE", "0");
    command
}

fn ready(how: &str, flavor: &str) -> Process {
    let mut process = Process::spawn(&mut command(how, flavor));
    process.wait_for("ready");
    process
}

#[test]
fn a_hangup_reloads_and_a_sigterm_stops() {
    for flavor in FLAVORS {
        let mut process = ready("works", flavor);
        for reload in ["reload 1", "reload 2"] {
            process.signal(Signal::HUP);
            process.wait_for(reload);
            process.wait_for("reloaded");
        }
        process.signal(Signal::TERM);
        let end = process.end();
        assert_eq!(end.code(), 0, "{}", end.text());
    }
}

#[test]
fn the_service_manager_hears_of_a_reload() {
    let mut manager = Manager::listening();
    let process = Process::spawn(manager.of(&mut command("works", "multi-thread")));
    manager.wait_for("READY=1");
    process.signal(Signal::HUP);
    let message = manager.wait_for("RELOADING=1");
    let usec = message.lines().find_map(|line| line.strip_prefix("MONOTONIC_USEC="));
    assert!(usec.is_some_and(|usec| usec.parse::<u64>().is_ok_and(|usec| usec > 0)), "{message}");
    let message = manager.wait_for("READY=1");
    assert!(message.contains("STATUS=running; reloaded `store`"), "{message}");
    process.signal(Signal::TERM);
    let end = process.end();
    assert_eq!(end.code(), 0, "{}", end.text());
    assert_eq!(manager.states(), ["READY=1", "RELOADING=1", "READY=1", "STOPPING=1"]);
}

#[test]
fn the_action_of_a_hangup_can_be_chosen() {
    let process = ready("hangup stops", "multi-thread");
    process.signal(Signal::HUP);
    let end = process.end();
    assert_eq!(end.code(), 0, "{}", end.text());
    assert!(!end.text().contains("reload"), "{}", end.text());
}

/// Those that come during a reload share one more, and those that come during the stop do nothing.
#[test]
fn a_thousand_hangups_while_it_runs_and_while_it_stops() {
    for flavor in FLAVORS {
        let mut process = ready("slow stop", flavor);
        for _ in 0..1000 {
            process.signal(Signal::HUP);
        }
        process.wait_for("reloaded");
        process.signal(Signal::TERM);
        process.wait_for("closing");
        for _ in 0..1000 {
            process.signal(Signal::HUP);
        }
        let end = process.end();
        assert_eq!(end.code(), 0, "no hangup forces a stop: {}", end.text());
        assert!(end.said.iter().any(|line| line == "closed"), "{}", end.text());
    }
}

#[test]
fn a_reload_that_goes_wrong_is_no_failure_and_delays_no_stop() {
    for flavor in FLAVORS {
        for how in ["reload hangs", "reload panics", "reload fails"] {
            let mut process = ready(how, flavor);
            process.signal(Signal::HUP);
            // Of the two streams of the process, the later line can arrive first: it waits for one of them.
            let sign = if how == "reload hangs" { "reload 1" } else { "service-group: reload of `App`: " };
            process.wait_for(sign);
            process.signal(Signal::TERM);
            let end = process.end();
            assert_eq!(end.code(), 0, "{how}: {}", end.text());
            assert!(end.took < Duration::from_secs(3), "{how}: {:?}", end.took);
        }
    }
}

/// It keeps a clone of the store, so that the process cannot end in order.
#[test]
fn a_reload_or_a_check_that_blocks_its_thread_is_named() {
    for (how, sign, words) in [
        ("reload blocks", "reload 1", "its reload has blocked a thread for"),
        ("check blocks", "no answer within 100 ms", "its check has blocked a thread for"),
    ] {
        let mut process = ready(how, "multi-thread");
        if how == "reload blocks" {
            process.signal(Signal::HUP);
        }
        process.wait_for(sign);
        process.signal(Signal::TERM);
        let end = process.end();
        assert_eq!(end.code(), 3, "{how}: {}", end.text());
        assert!(end.text().contains(words) && end.text().contains("`store` stuck"), "{how}: {}", end.text());
    }
}

#[test]
fn a_check_that_goes_wrong_delays_no_stop() {
    for flavor in FLAVORS {
        for (how, sign) in
            [("check hangs", "no answer within 100 ms"), ("check panics", "panicked: in the check")]
        {
            let mut process = ready(how, flavor);
            process.wait_for(sign);
            process.signal(Signal::TERM);
            let end = process.end();
            assert_eq!(end.code(), 0, "{how}: {}", end.text());
        }
    }
}

/// The signal comes while an attempt runs, between two attempts, and as one begins.
#[test]
fn a_signal_ends_a_start_that_is_tried_again() {
    for at in 0..20 {
        let mut process = Process::spawn(&mut command("retry", FLAVORS[at % 2]));
        process.wait_for("begins");
        thread::sleep(Duration::from_millis(u64::try_from(at).expect("small") * 3));
        process.signal(Signal::TERM);
        let end = process.end();
        // Before the handler is installed, the signal has its default action.
        assert!([0, -15].contains(&end.code()), "{}", end.text());
        assert!(end.took < Duration::from_secs(2), "{:?}", end.took);
    }
}

/// A terminal that goes sends a hangup too, and it asks for no reload.
#[test]
fn a_hangup_of_a_terminal_that_has_gone_stops() {
    let Some(terminal) = Terminal::open() else { return };
    let said = std::env::temp_dir().join(format!("service-group-hangup-{}", std::process::id()));
    let program = env!("CARGO_BIN_EXE_reloads");
    // Its output goes to a file, which outlives the terminal.
    terminal.enter(&format!("exec {program} works > '{0}' 2>&1", said.display()));
    let read = || std::fs::read_to_string(&said).unwrap_or_default();
    wait_until(|| read().contains("ready"));
    drop(terminal);
    wait_until(|| read().contains("closed"));
    let text = read();
    std::fs::remove_file(&said).expect("the file exists");
    assert!(!text.contains("reload"), "{text}");
}

/// Waits until the condition holds.
fn wait_until(is_so: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_mins(1);
    while !is_so() {
        assert!(Instant::now() < until, "it does not hold within a minute");
        thread::yield_now();
    }
}
