//! A stalled runtime is noticed and reported, and no other state is taken for a stall.

use std::process::Command;
use std::thread;
use std::time::Duration;

use service_group::{Task, service_group};
use service_group_tests::{End, Process, Signal, paused};
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

const STALLED: &str = "service-group: `Stalls` is running, and its runtime has run no task for ";
const RUNS_AGAIN: &str = "service-group: the runtime of `Stalls` runs again, after ";

fn faulty(how: &str, flavor: &str) -> Process {
    let command = &mut Command::new(env!("CARGO_BIN_EXE_faulty"));
    Process::spawn(command.args([how, flavor]))
}

/// Starts it, and stops it when its stall is over.
fn stalled(how: &str, flavor: &str) -> End {
    let mut process = faulty(how, flavor);
    process.wait_for("free");
    process.signal(Signal::TERM);
    process.end()
}

fn count(end: &End, text: &str) -> usize {
    end.on_stderr.iter().filter(|line| line.starts_with(text)).count()
}

#[test]
fn a_stalled_runtime_is_reported_once_and_so_is_its_end() {
    let mut process = faulty("stalls", "current-thread");
    let line = process.wait_for(STALLED);
    assert!(line.ends_with(", with `task` on a thread: all its threads are blocked or busy"), "{line}");
    process.wait_for(RUNS_AGAIN);
    process.signal(Signal::TERM);
    let end = process.end();
    assert_eq!((end.code(), count(&end, STALLED), count(&end, RUNS_AGAIN)), (0, 1, 1), "{}", end.text());
}

#[test]
fn one_blocked_thread_of_two_is_not_a_stall() {
    let end = stalled("stalls", "multi-thread");
    assert_eq!((end.code(), end.on_stderr.len()), (0, 0), "{}", end.text());
}

#[test]
fn a_heartbeat_that_is_turned_off_reports_nothing() {
    let end = stalled("stalls unwatched", "current-thread");
    assert_eq!((end.code(), end.on_stderr.len()), (0, 0), "{}", end.text());
}

/// Holds up the whole process for most of its stall, so that what is left of the stall is half a second.
fn hold_up(process: &mut Process) {
    process.wait_for("blocking");
    process.signal(Signal::STOP);
    thread::sleep(Duration::from_millis(1_700));
    process.signal(Signal::CONT);
}

#[test]
fn a_process_that_was_held_up_has_not_stalled() {
    let mut process = faulty("stalls", "current-thread");
    hold_up(&mut process);
    process.wait_for("free");
    process.signal(Signal::TERM);
    let end = process.end();
    assert_eq!((end.code(), end.on_stderr.len()), (0, 0), "{}", end.text());
}

/// The hard deadline is a second and a half after the request, and the stop blocks longer than that.
#[test]
fn the_watchdog_does_not_count_the_time_in_which_the_process_was_held_up() {
    let mut process = faulty("stalls in stop", "current-thread");
    process.wait_for("ready");
    process.signal(Signal::TERM);
    hold_up(&mut process);
    let end = process.end();
    assert!(end.said.iter().any(|line| line == "free"), "{}", end.text());
    assert_ne!(end.code(), 4, "{}", end.text());
}

/// Works for a day, an hour at a time.
#[service_group]
struct Day {
    #[service(start = Task::spawn(|_| hours()).ends_group())]
    task: Task,
}

async fn hours() {
    for _ in 0..24 {
        sleep(Duration::from_hours(1)).await;
    }
}

/// On a paused clock the heartbeat neither spins nor makes the clock go in small steps.
#[test]
fn a_paused_clock_still_jumps() {
    let (passed, parks) = paused(async {
        let begin = Instant::now();
        let outcome = Day::runner().signals(false).run().await;
        assert_eq!(outcome.exit_code(), 0);
        (begin.elapsed(), Handle::current().metrics().worker_park_count(0))
    });
    assert_eq!(passed, Duration::from_hours(24));
    // The runtime sleeps a few times for each hour; a timer of the heartbeat would make that thousands.
    assert!(parks < 500, "it slept {parks} times");
}

/// A run whose future is dropped leaves no task, not even its heartbeat.
#[test]
fn a_dropped_run_leaves_no_task() {
    let left = paused(async {
        let run = Day::runner().signals(false).run();
        assert!(tokio::time::timeout(Duration::from_hours(2), run).await.is_err(), "it takes a day");
        // The runtime drops an aborted task when it next runs.
        tokio::task::yield_now().await;
        Handle::current().metrics().num_alive_tasks()
    });
    assert_eq!(left, 0);
}
