//! The program that fails on purpose: three services in a row, a task beside them, and one fault at one moment.
//!
//! It prints what happens, line by line: `+name` when a service has started, `-name` when it is asked to stop, `~name` when
//! it is dropped; `starting`, `ready`, `blocking`, `hanging`, `free` and `forced` for the moments that tests wait for.

mod app;
mod groups;
mod part;

use std::io::Write;
use std::process::{ExitCode, Termination};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use service_group::Outcome;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;
use tokio::time::sleep;

use app::{long, short};
use groups::{Beside, Blocked, Outer, Soon, Stalls, Threaded};
use part::block;

/// A start, a stop or the task hangs.
static HANGS: Notify = Notify::const_new();
/// The group is ready.
static READY: Notify = Notify::const_new();
/// The group [`Beside`] has started.
static BESIDE_STARTED: AtomicBool = AtomicBool::new(false);

/// How long the services of the program may take.
#[derive(Debug, Clone, Copy)]
pub enum Windows {
    /// Seconds, for tests that observe a window while it lasts.
    Long,
    /// Half a second, for many runs.
    Short,
}

/// Prints a line at once, so that it is out before the fault.
///
/// # Panics
///
/// If the reader of stdout is gone.
pub fn print(line: &str) {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}").and_then(|()| stdout.flush()).expect("the reader of stdout is alive");
}

/// Runs the program with that fault on a runtime of that flavor, `current-thread` or `multi-thread`.
///
/// # Panics
///
/// If the fault is a panic on the main thread.
#[must_use]
pub fn faulty(fault: &str, flavor: &str, windows: Windows) -> ExitCode {
    let runtime = runtime(flavor);
    if let Some(fault) = fault.strip_prefix("dropped ") {
        let code = runtime.block_on(dropped(fault, windows));
        drop(runtime);
        return code;
    }
    if let Some(fault) = fault.strip_prefix("spawned ") {
        let fault = fault.to_owned();
        let run = runtime.spawn(async move { run(&fault, windows).await });
        return runtime.block_on(run).expect("a run does not panic").report();
    }
    let held = fault.strip_prefix("held ");
    let outcome = runtime.block_on(run(held.unwrap_or(fault), windows));
    print("run returned");
    match fault {
        "goes on" => block(),
        "outcome dropped" => {
            drop((outcome, runtime));
            thread::sleep(Duration::from_secs(1));
            print("went on");
            return ExitCode::SUCCESS;
        }
        _ if held.is_some() => drop(runtime),
        _ => {}
    }
    outcome.report()
}

fn runtime(flavor: &str) -> Runtime {
    let mut builder = match flavor {
        "current-thread" => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    builder.worker_threads(2).enable_all().build().expect("a runtime can be built")
}

async fn run(fault: &str, windows: Windows) -> Outcome {
    match fault {
        "nested stop hang" | "nested stop block" => Outer::run(fault.replace("nested ", "")).await,
        "thread" => Threaded::run().await,
        "two runtimes" => {
            run_elsewhere();
            run_app("stop block", windows).await
        }
        "two runs" => {
            // The signal comes when the first is ready, and has to find the second.
            let first = async {
                while !BESIDE_STARTED.load(Ordering::SeqCst) {
                    tokio::task::yield_now().await;
                }
                run_app("stop block", windows).await
            };
            tokio::join!(first, Beside::run()).0
        }
        "first of two ends" => first_of_two_ends(windows).await,
        "two apps" => tokio::join!(run_app("nothing", windows), run_app("nothing", windows)).0,
        "own signals" => own_signals().await,
        "before the run" => before_the_run(windows).await,
        "budget too short" => {
            long::App::runner(fault.to_owned()).stop_within(Duration::from_secs(1)).run().await
        }
        "without systemd" => long::App::runner(fault.to_owned()).systemd(false).run().await,
        "lame duck" => {
            let runner = long::App::runner(fault.to_owned()).stop_within(Duration::from_mins(1));
            runner.lame_duck(Duration::from_secs(50)).run().await
        }
        "blocked runtime" => Blocked::run().await,
        "blocked soon" => Soon::run().await,
        "stalls" => Stalls::run(true).await,
        "stalls unwatched" => Stalls::runner(true).stall_threshold(None).run().await,
        "stalls in stop" => Stalls::run(false).await,
        _ => run_app(fault, windows).await,
    }
}

async fn run_app(fault: &str, windows: Windows) -> Outcome {
    match windows {
        Windows::Long => long::App::run(fault.to_owned()).await,
        Windows::Short => short::App::run(fault.to_owned()).await,
    }
}

/// Starts a run on a runtime of its own that does not handle signals.
fn run_elsewhere() {
    thread::spawn(|| runtime("current-thread").block_on(Beside::runner().signals(false).run()).report());
    while !BESIDE_STARTED.load(Ordering::SeqCst) {
        thread::yield_now();
    }
}

/// Drops the future of a run while a service hangs, or when the group is ready.
async fn dropped(fault: &str, windows: Windows) -> ExitCode {
    let moment = if fault.ends_with("hang") { &HANGS } else { &READY };
    tokio::select! {
        outcome = run_app(fault, windows) => outcome.report(),
        () = moment.notified() => ExitCode::SUCCESS,
    }
}

/// Two runs in one process: the first ends by itself, and the second by a signal.
async fn first_of_two_ends(windows: Windows) -> Outcome {
    let first = async {
        let outcome = run_app("running request", windows).await;
        assert_eq!(outcome.exit_code(), 0, "the first run stops by its own request");
        print("first is over");
    };
    tokio::join!(first, run_app("nothing", windows)).1
}

/// The program handles SIGTERM itself too, during the run and after it.
async fn own_signals() -> Outcome {
    let mut terminated = signal(SignalKind::terminate()).expect("a handler can be installed");
    let during = async {
        terminated.recv().await;
        print("received");
    };
    let run = long::App::runner("nothing".to_owned()).restore_default_signals(false).run();
    let (outcome, ()) = tokio::join!(run, during);
    print("run is over");
    terminated.recv().await;
    print("received again");
    outcome
}

/// A program that is busy for a long time before its run.
async fn before_the_run(windows: Windows) -> Outcome {
    print("before");
    sleep(Duration::from_hours(1)).await;
    run_app("nothing", windows).await
}
