//! Whole processes: signals, exit codes, and what is printed at the end.

use std::process::Command;
use std::thread;
use std::time::Duration;

use service_group_tests::{End, Process, Signal};

fn faulty(how: &str) -> Process {
    Process::spawn(Command::new(env!("CARGO_BIN_EXE_faulty")).arg(how).env("RUST_BACKTRACE", "0"))
}

/// Starts it, sends SIGTERM when it is ready, and waits for the end.
fn terminated(how: &str) -> End {
    let mut process = faulty(how);
    process.wait_for("ready");
    process.signal(Signal::TERM);
    process.end()
}

/// The starts and stops that the process printed, in their order.
fn steps(end: &End) -> String {
    let is_step = |line: &&String| line.starts_with(['+', '-']) && !line.contains(' ');
    end.said.iter().filter(is_step).cloned().collect::<Vec<_>>().join(" ")
}

const WHOLE_LIFE: &str = "+below +middle +above -above -middle -below";

#[test]
fn every_signal_stops_in_order_with_exit_code_0() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP, Signal::QUIT] {
        let mut process = faulty("nothing");
        process.wait_for("ready");
        process.signal(signal);
        let end = process.end();
        assert_eq!((end.code(), steps(&end).as_str()), (0, WHOLE_LIFE), "{}", end.text());
        assert!(end.text().ends_with("run returned"), "a clean stop prints nothing: {}", end.text());
    }
}

#[test]
fn a_request_from_code_stops_in_order_with_exit_code_0() {
    let end = faulty("running request").end();
    assert_eq!((end.code(), steps(&end).as_str()), (0, WHOLE_LIFE), "{}", end.text());
}

/// A stop from code and by signal at the same time is one stop, and each service is stopped once.
#[test]
fn a_request_from_code_and_a_signal_are_one_stop() {
    let mut process = faulty("running request");
    process.wait_for("ready");
    process.signal(Signal::TERM);
    let end = process.end();
    // The signal may come after the run, and then has its default effect.
    assert!([0, -15].contains(&end.code()), "{}", end.text());
    assert_eq!(steps(&end), WHOLE_LIFE, "{}", end.text());
}

/// Exit code 1. One line names the service, its consumer and the cause. The services that had started are stopped.
#[test]
fn a_start_that_fails_names_the_service_and_the_cause() {
    let end = faulty("start error").end();
    assert_eq!((end.code(), steps(&end).as_str()), (1, "+below -below"), "{}", end.text());
    let line = "`middle` (needed by `above`) did not start: the disk is gone";
    assert!(end.said.iter().any(|said| said == line), "{}", end.text());

    let end = faulty("start panic").end();
    assert_eq!((end.code(), steps(&end).as_str()), (1, "+below -below"), "{}", end.text());
    let line = "`middle` (needed by `above`) panicked in its start: the disk is gone";
    assert!(end.said.iter().any(|said| said == line), "{}", end.text());
}

#[test]
fn a_failure_while_running_is_exit_code_1() {
    for (how, line) in [
        ("running error", "because `task` failed: the disk is gone; the other 3 services stopped gracefully"),
        ("running panic", "because `task` failed: panicked: the disk is gone"),
    ] {
        let end = faulty(how).end();
        assert_eq!((end.code(), steps(&end).as_str()), (1, WHOLE_LIFE), "{}", end.text());
        assert!(end.text().contains(line), "{}", end.text());
    }
}

#[test]
fn a_stop_that_fails_is_exit_code_1_and_delays_no_other() {
    for (how, line) in [
        ("stop error", "on SIGTERM: `middle` failed: the disk is gone"),
        ("stop panic", "on SIGTERM: `middle` panicked: the disk is gone"),
    ] {
        let end = terminated(how);
        assert_eq!((end.code(), steps(&end).as_str()), (1, WHOLE_LIFE), "{}", end.text());
        assert!(end.text().contains(line), "{}", end.text());
    }
}

/// Forced and aborted services: exit code 3, and the report names them.
#[test]
fn a_forced_or_aborted_service_is_exit_code_3() {
    for (how, line) in
        [("stop forced", "on SIGTERM: `middle` forced"), ("stop hang", "on SIGTERM: `middle` aborted")]
    {
        let end = terminated(how);
        assert_eq!((end.code(), steps(&end).as_str()), (3, WHOLE_LIFE), "{}", end.text());
        assert!(end.text().contains(line), "{}", end.text());
    }
}

/// Waits until a signal counts as another one.
fn pause_between_signals() {
    thread::sleep(Duration::from_millis(250));
}

/// A second signal forces at once: the hanging service has a tenth of its window left, and none is skipped.
#[test]
fn a_second_signal_forces() {
    let mut process = faulty("stop hang");
    process.wait_for("ready");
    process.signal(Signal::TERM);
    process.wait_for("hanging");
    pause_between_signals();
    process.signal(Signal::INT);
    let end = process.end();
    assert_eq!((end.code(), steps(&end).as_str()), (3, WHOLE_LIFE), "{}", end.text());
    assert!(end.took < Duration::from_millis(1_500), "the window was two seconds: {:?}", end.took);
}

/// A third signal ends the process at once. The last line names the service that was waited for.
#[test]
fn a_third_signal_ends_the_process() {
    let mut process = faulty("stop block");
    process.wait_for("ready");
    for _ in 0..2 {
        process.signal(Signal::TERM);
        pause_between_signals();
    }
    process.signal(Signal::TERM);
    let end = process.end();
    let last =
        "service-group: a third signal, SIGTERM, ends the process; in `App` `middle` has been stopping for ";
    assert!(end.code() == 4 && end.text().contains(last), "{}: {}", end.code(), end.text());
}

/// Signals in quick succession are one request, and a hangup is never a second one.
#[test]
fn quick_signals_and_hangups_do_not_force() {
    let mut process = faulty("lame duck");
    process.wait_for("ready");
    process.signal(Signal::TERM);
    process.signal(Signal::INT);
    process.signal(Signal::TERM);
    pause_between_signals();
    process.signal(Signal::HUP);
    pause_between_signals();
    assert!(!process.said().contains("-above"), "the lame duck goes on: {}", process.said());
    process.signal(Signal::TERM);
    let end = process.end();
    assert_eq!(end.code(), 3, "the last one forces: {}", end.text());
    assert_eq!(steps(&end), WHOLE_LIFE);
}

/// A stop that blocks its thread is stuck: the rest stops, the report is printed, and the process ends.
#[test]
fn a_stuck_service_does_not_delay_the_exit() {
    let end = terminated("stop block");
    assert_eq!((end.code(), steps(&end).as_str()), (3, WHOLE_LIFE), "{}", end.text());
    assert!(end.text().contains("`middle` stuck"), "{}", end.text());
    assert!(!end.text().contains("run returned"), "{}", end.text());

    let end = terminated("thread");
    assert!(end.code() == 3 && end.text().contains("`thread` stuck"), "{}", end.text());
}

/// On a current-thread runtime a blocked thread blocks everything except the watchdog.
#[test]
fn the_watchdog_ends_a_blocked_process() {
    let command = &mut Command::new(env!("CARGO_BIN_EXE_faulty"));
    let mut process = Process::spawn(command.args(["blocked soon", "current-thread"]));
    process.wait_for("ready");
    process.signal(Signal::TERM);
    let end = process.end();
    let last = end.said.last().cloned().unwrap_or_default();
    assert_eq!(end.code(), 4, "{}", end.text());
    assert!(
        last.starts_with(
            "service-group: `Soon` missed its stop budget of 500 ms and the grace period of 1 s: "
        ),
        "{last}"
    );
    assert!(last.contains("`blocks` has been stopping for"), "{last}");
}

/// If all threads of the runtime are blocked, the lame duck and each window still end in time.
#[test]
fn a_blocked_runtime_does_not_hold_the_lame_duck() {
    let mut process = faulty("blocked runtime");
    process.wait_for("blocking");
    process.wait_for("blocking");
    process.signal(Signal::TERM);
    let end = process.end();
    assert!(end.code() == 3 && end.text().contains("`service` stuck"), "{}: {}", end.code(), end.text());
}

/// A budget that a runner makes too short is reported before any service starts.
#[test]
fn a_budget_that_does_not_hold_is_reported_before_the_start() {
    let end = faulty("budget too short").end();
    assert_eq!((end.code(), steps(&end).as_str()), (1, ""), "{}", end.text());
    let line = "the slowest stop path of `App` takes 6.5s, its `stop_within` is 1s: task (500ms) → above (2s) → \
                middle (2s) → below (2s)";
    assert!(end.text().contains(line), "{}", end.text());
}

/// If stderr cannot be written, on a full disk or a closed pipe, the exit code is still that of the outcome.
#[test]
fn a_report_that_cannot_be_written_keeps_the_exit_code() {
    let script = r#"exec "$0" "stop error" 2> /dev/full"#;
    let command = &mut Command::new("sh");
    let mut process = Process::spawn(command.args(["-c", script, env!("CARGO_BIN_EXE_faulty")]));
    process.wait_for("ready");
    process.signal(Signal::TERM);
    let end = process.end();
    assert_eq!((end.code(), steps(&end).as_str()), (1, WHOLE_LIFE), "{}", end.text());
}

/// Work in `spawn_blocking` that never ends delays the end of its runtime, but not that of the process.
#[test]
fn blocking_work_that_never_ends_does_not_hold_the_exit() {
    for flavor in ["multi-thread", "current-thread"] {
        let command = &mut Command::new(env!("CARGO_BIN_EXE_faulty"));
        let mut process = Process::spawn(command.args(["running detached", flavor]));
        process.wait_for("blocking");
        process.signal(Signal::TERM);
        let end = process.end();
        assert_eq!((end.code(), steps(&end).as_str()), (3, WHOLE_LIFE), "{}", end.text());
        let last = end.said.last().cloned().unwrap_or_default();
        assert!(
            last.starts_with("service-group: `App` has stopped, but its runtime has not shut down"),
            "{last}"
        );
    }
}

/// A program that drops the outcome has other work: the process is not ended then.
#[test]
fn a_process_that_drops_its_outcome_goes_on() {
    let end = faulty("outcome dropped").end();
    assert_eq!((end.code(), steps(&end).as_str()), (0, WHOLE_LIFE), "{}", end.text());
    assert_eq!(end.said.last().map(String::as_str), Some("went on"), "{}", end.text());
}

/// SIGTERM at a thousand random moments of the start, from the first one on: what has started is stopped in order,
/// and nothing hangs.
#[test]
fn sigterm_at_any_moment_of_the_start() {
    let moments: Vec<u64> = (0..1_000_u64).map(|round| round * 7_919 % 12_000).collect();
    thread::scope(|scope| {
        for moments in moments.chunks(250) {
            scope.spawn(move || {
                for micros in moments {
                    one_early_sigterm(Duration::from_micros(*micros));
                }
            });
        }
    });
}

fn one_early_sigterm(after: Duration) {
    let mut process = faulty("slow");
    process.wait_for("starting");
    // The moment is random by design; no outcome depends on when it comes.
    thread::sleep(after);
    process.signal(Signal::TERM);
    let end = process.end();
    let steps = steps(&end);
    let started: Vec<_> = steps.split(' ').filter_map(|step| step.strip_prefix('+')).collect();
    let stopped: Vec<_> = steps.split(' ').filter_map(|step| step.strip_prefix('-')).collect();
    assert_eq!(end.code(), 0, "{}", end.text());
    assert!(started.iter().eq(stopped.iter().rev()), "{}", end.text());
}
