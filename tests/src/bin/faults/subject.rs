//! The program that goes wrong: three services in a row, a task beside them, and one thing wrong at one moment.
//!
//! It says what happens on stdout: `+name` started, `-name` asked to stop, `~name` dropped; `ready`, `blocking`, `hanging`.

use std::future::pending;
use std::io::Write;
use std::process::{ExitCode, Termination};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use service_group::{
    BlockingTask, BoxError, GroupHandle, Outcome, Running, Service, StopContext, Task, service_group,
};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;
use tokio::time::sleep;

/// Something hangs.
static HANGS: Notify = Notify::const_new();
/// The group is ready.
static READY: Notify = Notify::const_new();

/// Says a line at once, so that it is out before whatever comes next.
fn say(line: &str) {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}").and_then(|()| stdout.flush()).expect("somebody listens");
}

/// Goes wrong where the fault is of this moment.
async fn go_wrong(when: &str, fault: &str) -> Result<(), BoxError> {
    if fault == "slow" {
        sleep(Duration::from_millis(2)).await;
    }
    match fault.strip_prefix(when).unwrap_or_default() {
        " error" => Err("the disk is gone")?,
        " panic" => panic!("the disk is gone"),
        " hang" => {
            say("hanging");
            HANGS.notify_one();
            pending::<()>().await;
        }
        " block" => block(),
        " spawn_blocking" => tokio::task::spawn_blocking(block).await?,
        _ => {}
    }
    Ok(())
}

/// Blocks its thread for good.
fn block() {
    say("blocking");
    loop {
        thread::sleep(Duration::from_secs(1));
    }
}

/// A service that says what happens to it, and goes wrong in the way it is told.
#[derive(Debug)]
struct Part {
    name: &'static str,
    fault: String,
}

impl Part {
    async fn start(name: &'static str, fault: &str) -> Result<Self, BoxError> {
        go_wrong("start", fault).await?;
        say(&format!("+{name}"));
        Ok(Self { name, fault: fault.to_owned() })
    }
}

impl Service for Part {
    const STOP_WITHIN: Duration = Duration::from_millis(300);

    async fn stop(self, stopping: StopContext) -> Result<(), BoxError> {
        say(&format!("-{}", self.name));
        if self.fault == "stop forced" {
            stopping.forced().await;
        }
        go_wrong("stop", &self.fault).await
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        say(&format!("~{}", self.name));
    }
}

/// Three services in a row, the fault in the middle, and a task beside them, with a fault while it runs.
#[service_group(stop_within = "2s")]
struct App {
    fault: String,
    #[group]
    group: GroupHandle,
    #[service(start = Part::start("below", slow(fault)).await?)]
    below: Part,
    #[service(
        start = { let _ = below; Part::start("middle", fault).await? },
        start_within = "500ms",
        stop_within = "500ms"
    )]
    middle: Part,
    #[service(start = { let _ = middle; Part::start("above", slow(fault)).await? })]
    above: Part,
    #[service(start = task(fault, group), after(above), stop_within = "500ms")]
    task: Task,
}

/// The one fault that all services have.
fn slow(fault: &str) -> &str {
    fault.split(' ').next().filter(|fault| *fault == "slow").unwrap_or_default()
}

/// Says when the group is ready, and then does what it is told.
fn task(fault: &str, group: &GroupHandle) -> Task {
    let (fault, group) = (fault.to_owned(), group.clone());
    Task::spawn(move |stop| async move {
        tokio::select! {
            () = started(&group) => {}
            _ = stop.requested() => return Ok(()),
        }
        say("ready");
        READY.notify_one();
        match &*fault {
            "running request" | "slow request" => drop(group.request_stop()),
            "running block all" => block_all(),
            "running detached" => drop(tokio::task::spawn_blocking(block)),
            "running stderr held" => return hold_stderr(),
            _ => go_wrong("running", &fault).await?,
        }
        stop.requested().await;
        Ok::<_, BoxError>(())
    })
}

async fn started(group: &GroupHandle) {
    let mut changes = group.changes();
    while !group.is_ready() && changes.next().await.is_some() {}
}

/// Blocks both threads of the runtime.
fn block_all() {
    let (blocks, wait) = std::sync::mpsc::channel();
    let other = async move {
        blocks.send(()).expect("somebody waits");
        block();
    };
    // From a thread elsewhere, since what a task spawns may wait behind that task, where no other thread takes it.
    let runtime = tokio::runtime::Handle::current();
    thread::spawn(move || runtime.spawn(other));
    wait.recv().expect("the other thread is free");
    block();
}

/// Has a thread hold the lock of stderr for good, and fails, so that there is something to say.
fn hold_stderr() -> Result<(), BoxError> {
    let (held, wait) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let _lock = std::io::stderr().lock();
        held.send(()).expect("somebody waits");
        block();
    });
    wait.recv()?;
    Err("the disk is gone".into())
}

/// A group whose only service is a group.
#[service_group(stop_within = "2s")]
struct Outer {
    fault: String,
    #[service(start = Inner::start(fault.clone()).await?)]
    storage: Running<Inner>,
}

#[service_group]
struct Inner {
    fault: String,
    #[service(start = Part::start("index", fault).await?)]
    index: Part,
    #[service(start = { let _ = index; say("ready"); Part::start("log", "").await? })]
    log: Part,
}

/// A thread that never returns.
#[service_group(stop_within = "1s")]
struct Threaded {
    #[service(start = BlockingTask::spawn("stubborn", |_| { say("ready"); block(); })?, stop_within = "300ms")]
    thread: BlockingTask,
}

/// Runs beside another one, and takes longer than that to stop.
#[service_group(stop_within = "2s")]
struct Beside {
    #[service(start = beside(), stop = linger(other).await, stop_within = "1500ms")]
    other: (),
}

/// The other run has started.
static BESIDE: AtomicBool = AtomicBool::new(false);

fn beside() {
    say("+other");
    BESIDE.store(true, Ordering::SeqCst);
}

async fn linger((): ()) {
    say("-other");
    sleep(Duration::from_millis(700)).await;
    say("~other");
}

async fn run(fault: String) -> Outcome {
    match &*fault {
        "nested stop hang" | "nested stop block" => Outer::run(fault.replace("nested ", "")).await,
        "thread" => Threaded::run().await,
        "two runtimes" => {
            run_elsewhere();
            App::run("stop block".to_owned()).await
        }
        "two runs" => tokio::join!(App::run("stop block".to_owned()), Beside::run()).0,
        _ => App::run(fault).await,
    }
}

/// Has a run on a runtime of its own, which hears no signals.
fn run_elsewhere() {
    thread::spawn(|| runtime("current-thread").block_on(Beside::runner().signals(false).run()).report());
    while !BESIDE.load(Ordering::SeqCst) {
        thread::yield_now();
    }
}

/// Drops the future of a run where it hangs, or when it is ready.
async fn dropped(fault: &str) -> ExitCode {
    let moment = if fault.ends_with("hang") { &HANGS } else { &READY };
    tokio::select! {
        outcome = App::run(fault.to_owned()) => outcome.report(),
        () = moment.notified() => ExitCode::SUCCESS,
    }
}

/// Runs the program: the arguments say what goes wrong, and on which runtime.
pub(crate) fn main(fault: &str, flavor: &str) -> ExitCode {
    let runtime = runtime(flavor);
    if let Some(fault) = fault.strip_prefix("dropped ") {
        let code = runtime.block_on(dropped(fault));
        drop(runtime);
        return code;
    }
    if let Some(fault) = fault.strip_prefix("spawned ") {
        let run = runtime.spawn(run(fault.to_owned()));
        return runtime.block_on(run).expect("a run does not panic").report();
    }
    let held = fault.strip_prefix("held ");
    let outcome = runtime.block_on(run(held.unwrap_or(fault).to_owned()));
    say("run returned");
    match held {
        Some(_) => drop(runtime),
        None if fault == "goes on" => block(),
        None => {}
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
