//! A program that goes wrong in the way that its first argument says; says `ready` on stdout when it has started.

use std::error::Error;
use std::future::pending;
use std::io::Write;
use std::process::{ExitCode, Termination};
use std::time::{Duration, Instant};

use service_group::{
    BlockingTask, BoxError, GroupHandle, Outcome, Service, StopContext, Task, service_group,
};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

/// Says a line at once, so that it is out before whatever comes next.
fn say(line: &str) {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}").and_then(|()| stdout.flush()).expect("somebody listens");
}

/// A service that says when it starts and stops, and does one thing wrong.
#[derive(Debug)]
struct Faulty {
    name: &'static str,
    fault: &'static str,
}

impl Faulty {
    async fn start(name: &'static str, how: &str) -> Result<Self, BoxError> {
        match how {
            "start-error" => Err("the disk is gone")?,
            "start-panic" => panic!("the disk is gone"),
            "start-hang" => {
                say("hanging");
                pending::<()>().await;
            }
            "slow-start" => {
                say("starting");
                sleep(Duration::from_millis(2)).await;
            }
            _ => {}
        }
        say(&format!("+{name}"));
        let fault = ["stop-error", "stop-panic", "stop-hang", "stop-slow", "stop-block"];
        Ok(Self { name, fault: fault.into_iter().find(|fault| *fault == how).unwrap_or("") })
    }
}

impl Service for Faulty {
    async fn stop(self, stopping: StopContext) -> Result<(), BoxError> {
        say(&format!("-{}", self.name));
        match self.fault {
            "stop-error" => Err("the disk is full".into()),
            "stop-panic" => panic!("the disk is full"),
            "stop-slow" => {
                stopping.forced().await;
                say("forced");
                Ok(())
            }
            "stop-hang" => {
                say("hanging");
                pending().await
            }
            "stop-block" => loop {
                std::thread::sleep(Duration::from_secs(1));
            },
            _ => Ok(()),
        }
    }
}

/// Three services in a row, the fault in the middle, and a task beside them.
#[service_group(stop_within = "10s")]
struct App {
    how: String,
    #[group]
    group: GroupHandle,
    #[service(start = Faulty::start("below", slow(how)).await?)]
    below: Faulty,
    #[service(start = { let _ = below; Faulty::start("middle", how).await? }, start_within = "5s", stop_within = "2s")]
    middle: Faulty,
    #[service(start = { let _ = middle; Faulty::start("above", slow(how)).await? }, stop_within = "2s")]
    above: Faulty,
    #[service(start = task(how, group), after(above), stop_within = "500ms")]
    task: Task,
}

fn slow(how: &str) -> &str {
    if how == "slow-start" { how } else { "" }
}

/// The task says when the group is ready, and then does what it is told.
fn task(how: &str, group: &GroupHandle) -> Task {
    let (how, group) = (how.to_owned(), group.clone());
    Task::spawn(move |stop| async move {
        tokio::select! {
            () = started(&group) => {}
            _ = stop.requested() => return Ok(()),
        }
        say("ready");
        match &*how {
            "task-error" => return Err("connection lost"),
            "task-panic" => panic!("two and two is five"),
            "request" | "goes-on" => drop(group.request_stop()),
            "blocking-work" => drop(tokio::task::spawn_blocking(never_ends)),
            _ => {}
        }
        drop(stop.requested().await);
        Ok(())
    })
}

fn never_ends() {
    say("blocking");
    loop {
        std::thread::sleep(Duration::from_secs(1));
    }
}

async fn started(group: &GroupHandle) {
    let mut changes = group.changes();
    while !group.is_ready() && changes.next().await.is_some() {}
}

/// A thread that never returns.
#[service_group(stop_within = "3s")]
struct Stuck {
    #[service(start = thread()?, stop_within = "100ms")]
    thread: BlockingTask,
}

fn thread() -> std::io::Result<BlockingTask> {
    say("ready");
    BlockingTask::spawn("stubborn", |stop| {
        while !(stop.is_requested() && std::env::args().len() == 0) {
            std::thread::sleep(Duration::from_millis(10));
        }
    })
}

/// A stop that blocks its thread, and a short budget.
#[service_group(stop_within = "500ms")]
struct Soon {
    #[service(start = ready(), stop = block(blocks), stop_within = "400ms")]
    blocks: (),
}

fn ready() {
    say("ready");
}

fn block(_: ()) {
    loop {
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// A group with a lame duck, and tasks elsewhere that block both threads of the runtime.
#[service_group(stop_within = "5s", lame_duck = "200ms")]
struct Blocked {
    #[service(start = block_runtime(), stop = drop(service), stop_within = "100ms")]
    service: (),
}

fn block_runtime() {
    for _ in 0..2 {
        tokio::spawn(async {
            sleep(Duration::from_millis(100)).await;
            never_ends();
        });
    }
}

/// A task that blocks its thread for a while, as soon as it runs or when it is stopped.
#[service_group(stop_within = "500ms")]
struct Stalls {
    at_once: bool,
    #[group]
    group: GroupHandle,
    #[service(start = stalling(*at_once, group), stop_within = "400ms")]
    task: Task,
}

fn stalling(at_once: bool, group: &GroupHandle) -> Task {
    let group = group.clone();
    Task::spawn(move |stop| async move {
        started(&group).await;
        say("ready");
        if at_once {
            stall();
        }
        stop.requested().await;
        if !at_once {
            stall();
        }
    })
}

/// Longer than the heartbeat's default, and than the hard deadline of the group.
fn stall() {
    let until = Instant::now() + Duration::from_millis(2_200);
    say("blocking");
    // In small steps, so that it ends in time though the process be stopped and continued meanwhile.
    while Instant::now() < until {
        std::thread::sleep(Duration::from_millis(10));
    }
    say("free");
}

/// A group that leaves systemd to somebody else.
async fn unnotified(how: String) -> Outcome {
    App::runner(how).systemd(false).run().await
}

/// A group whose budget a runner makes too short.
async fn short() -> Outcome {
    App::runner("short".to_owned()).stop_within(Duration::from_secs(1)).run().await
}

/// Two runs in one process: the first ends by itself, and the second when it is told to.
async fn two(how: String) -> Outcome {
    let first = async {
        assert_eq!(App::run("request".to_owned()).await.exit_code(), 0, "it has a stop of its own");
        say("first is over");
    };
    tokio::join!(first, App::run(how)).1
}

/// The program takes SIGTERM too: during the run, and by itself afterwards.
async fn own_signals() -> Outcome {
    let mut terminated = signal(SignalKind::terminate()).expect("a handler can be installed");
    let listens = async {
        terminated.recv().await;
        say("heard");
    };
    let run = App::runner("nothing".to_owned()).restore_default_signals(false).run();
    let (outcome, ()) = tokio::join!(run, listens);
    say("run is over");
    terminated.recv().await;
    say("heard again");
    outcome
}

/// A program that is a long time about something else before its run.
async fn before() -> Outcome {
    say("before");
    sleep(Duration::from_hours(1)).await;
    App::run("nothing".to_owned()).await
}

async fn run(how: String) -> Outcome {
    let outcome = match &*how {
        "two" => two(how).await,
        "both" => tokio::join!(App::run(how.clone()), App::run(how)).0,
        "own-signals" => own_signals().await,
        "before" => before().await,
        "stuck" => Stuck::run().await,
        "short" => short().await,
        "unnotified" => unnotified(how).await,
        "blocked-runtime" => Blocked::run().await,
        "blocked-soon" => Soon::run().await,
        "stalls" => Stalls::run(true).await,
        "stalls-unheard" => Stalls::runner(true).stall_threshold(None).run().await,
        "stalls-in-stop" => Stalls::run(false).await,
        "lame-duck" => {
            App::runner(how)
                .stop_within(Duration::from_mins(1))
                .lame_duck(Duration::from_secs(50))
                .run()
                .await
        }
        _ => App::run(how).await,
    };
    say("run returned");
    outcome
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let how = arguments.next().ok_or("say what goes wrong")?;
    let mut builder = match arguments.next().as_deref() {
        Some("current-thread") => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = builder.worker_threads(2).enable_all().build()?;
    let outcome = runtime.block_on(run(how.clone()));
    if how == "goes-on" {
        drop((outcome, runtime));
        std::thread::sleep(Duration::from_secs(1));
        say("went on");
        return Ok(ExitCode::SUCCESS);
    }
    Ok(outcome.report())
}
