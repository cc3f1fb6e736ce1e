//! A program whose foreign code misbehaves: `foreign WHAT HOW`. Prints `ready` when it has started, and `closed` when its
//! store has stopped.

use std::sync::Arc;
use std::time::Duration;

use service_group::{
    HangupAction, Outcome, RepeatAction, RestartPolicy, Service, SignalKind, StopContext, StopToken, Take,
    Task, service_group,
};
use service_group_tests::print;
use tokio::sync::Notify;
use tokio::time::sleep;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// A subscriber that misbehaves in one of its methods, or in each.
struct Misbehaves {
    method: String,
    how: String,
}

impl Misbehaves {
    fn at(&self, method: &str) {
        if self.method == method || self.method == "all" {
            match &*self.how {
                "panics" => panic!("the log is gone"),
                "is-slow" => std::thread::sleep(Duration::from_secs(2)),
                "blocks" => loop {
                    std::thread::park();
                },
                other => unreachable!("{other}"),
            }
        }
    }
}

impl Subscriber for Misbehaves {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("service_group")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        self.at("new_span");
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {
        self.at("record");
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {
        self.at("event");
    }

    fn enter(&self, _: &Id) {
        self.at("enter");
    }

    fn exit(&self, _: &Id) {
        self.at("exit");
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.at("clone_span");
        id.clone()
    }

    fn try_close(&self, _: Id) -> bool {
        self.at("try_close");
        true
    }
}

struct Store;

impl Service for Store {
    async fn stop(self, _: StopContext) -> Result<(), service_group::BoxError> {
        print("closed");
        Ok(())
    }
}

async fn consume(stop: StopToken) {
    stop.requested().await;
    sleep(Duration::from_millis(20)).await;
}

/// Starts a task that fails twice and then runs until it is asked to stop, and waits until it runs.
async fn flaky() -> Task {
    let mut runs = 0;
    let running = Arc::new(Notify::new());
    let run_again = Arc::clone(&running);
    let policy = RestartPolicy::default().backoff(Duration::from_millis(1), Duration::from_millis(1));
    let task = Task::restarting(policy, move |stop| {
        runs += 1;
        let (run, running) = (runs, Arc::clone(&run_again));
        async move {
            if run <= 2 {
                return Err("the broker is gone");
            }
            print("runs again");
            running.notify_one();
            stop.requested().await;
            Ok(())
        }
    });
    running.notified().await;
    task
}

#[service_group(stop_within = "3s")]
struct App {
    #[service(start = Store, stop_within = "1s")]
    store: Store,
    #[service(start = { let _ = store; Task::spawn(consume) }, stop_within = "1s")]
    consumer: Task,
    #[service(start = flaky().await, stop_within = "1s")]
    flaky: Task,
}

/// An input whose drop misbehaves.
struct Guard(String);

impl Drop for Guard {
    fn drop(&mut self) {
        match &*self.0 {
            "panics" => panic!("the guard is broken"),
            "blocks" => loop {
                std::thread::park();
            },
            "is-slow" => std::thread::sleep(Duration::from_millis(200)),
            "drops-a-runtime" => drop(tokio::runtime::Runtime::new().expect("a runtime")),
            _ => {}
        }
        print("guard dropped");
    }
}

#[service_group(stop_within = "1s")]
struct WithGuards {
    guard: Guard,
    other: Guard,
    #[service(start = Task::spawn(async |stop| drop(stop.requested().await)), stop_within = "500ms")]
    worker: Task,
}

#[service_group(stop_within = "2s")]
struct Given {
    #[service(given, stop = drop(guard), stop_within = "1s")]
    guard: Guard,
    other: Guard,
    #[service(start = { let _ = guard; Task::spawn(async |stop| drop(stop.requested().await)) }, stop_within = "500ms")]
    worker: Task,
}

fn set(subscriber: impl Subscriber + Send + Sync) {
    tracing::subscriber::set_global_default(subscriber).expect("the first subscriber");
}

async fn run(what: &str, how: &str) -> Outcome {
    match what {
        "input" => {
            let runner = WithGuards::runner(Guard(how.to_owned()), Guard("is well".to_owned()));
            return runner.on_ready(|_| print("ready")).run().await;
        }
        // The value that the caller gave misbehaves, and another one stands in its place.
        "replaced" => {
            let runner = Given::runner(Guard(how.to_owned()), Guard("is well".to_owned()));
            let runner = runner.replace(Given::KEYS.guard, Guard("is well".to_owned()));
            return runner.on_ready(|_| print("ready")).run().await;
        }
        "two-runs" => {
            set(tracing_subscriber::fmt().with_writer(std::io::sink).finish());
            let first = App::runner().on_ready(|_| print("ready")).run().await;
            assert!(first.is_success());
            drop(first);
            return App::runner().on_ready(|_| print("ready again")).run().await;
        }
        "chosen" => return chosen(how).await,
        "own-signals" => return own_signals(how).await,
        "suspended" => return Slow::runner().lame_duck(Duration::from_millis(400)).run().await,
        "blocks-the-start" => return BlocksTheStart::run().await,
        "torn" => return Migrates::run().await,
        "flush" => {}
        "fmt" => set(tracing_subscriber::fmt().with_writer(std::io::stderr).finish()),
        "fmt-with-spans" => {
            use tracing_subscriber::fmt::format::FmtSpan;
            let fmt = tracing_subscriber::fmt().with_span_events(FmtSpan::FULL);
            set(fmt.with_writer(std::io::stderr).finish());
        }
        method => set(Misbehaves { method: method.to_owned(), how: how.to_owned() }),
    }
    App::runner().on_ready(|_| print("ready")).run().await
}

/// A first group that prepares, and a second one whose signals the program handles by itself.
async fn own_signals(how: &str) -> Outcome {
    let first = Prepares::runner().restore_default_signals(how == "restore").run().await;
    assert!(first.is_success());
    drop(first);
    let mut terminate =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).expect("a handler");
    let wait = async move |stop: StopToken| {
        tokio::select! {
            _ = terminate.recv() => print("received by the program"),
            _ = stop.requested() => {}
        }
    };
    let second =
        Waits::runner(Task::spawn(wait).ends_group()).signals(false).on_ready(|_| print("ready")).run().await;
    print("the second run has ended");
    sleep(Duration::from_millis(50)).await;
    second
}

#[service_group(stop_within = "2s")]
struct Prepares {
    #[service(start = Task::spawn(async |_| ()).ends_group(), stop_within = "1s")]
    task: Task,
}

#[service_group(stop_within = "2s")]
struct Waits {
    input: Take<Task>,
    #[service(start = input.take()?, stop_within = "1s")]
    task: Task,
}

/// A run that chooses its signals.
async fn chosen(how: &str) -> Outcome {
    let runner = Waits::runner(Task::spawn(slow_stop)).on_ready(|_| print("ready"));
    let runner = match how {
        "terminate" => runner.stop_on([SignalKind::Terminate]),
        "no-hangup" => runner.hangup(HangupAction::Ignore),
        _ => runner.repeated(RepeatAction::Ignore),
    };
    runner.run().await
}

async fn slow_stop(stop: StopToken) {
    let context = stop.requested().await;
    print("stopping");
    tokio::select! {
        () = context.forced() => print("forced"),
        () = sleep(Duration::from_millis(700)) => {}
    }
}

/// A start that a stop request interrupts.
async fn migrate() {
    print("ready");
    sleep(Duration::from_mins(1)).await;
}

#[service_group(stop_within = "2s")]
struct Migrates {
    #[service(start = migrate().await, stop = drop(migration), stop_within = "1s")]
    migration: (),
}

/// A start, a lame duck and a stop that need 0.4 s of 1 s each.
#[service_group(stop_within = "3s")]
struct Slow {
    #[service(start = talk("starting").await, stop = talk("stopping").await, start_within = "1s", stop_within = "1s")]
    store: (),
}

async fn talk(step: &str) {
    print(step);
    sleep(Duration::from_millis(200)).await;
    sleep(Duration::from_millis(200)).await;
    if step == "starting" {
        print("ready");
    }
}

/// A start that blocks its thread for ever.
#[service_group(stop_within = "2s")]
struct BlocksTheStart {
    #[service(start = std::thread::park(), stop = drop(store), start_within = "500ms", stop_within = "1s")]
    store: (),
}

/// Flushes for longer than a runtime may take to shut down, when it is dropped, after the runtime.
struct Reporter;

impl Drop for Reporter {
    fn drop(&mut self) {
        std::thread::sleep(Duration::from_millis(1_200));
        print("flushed");
    }
}

fn main() -> Outcome {
    let _reporter = std::env::args().any(|arg| arg == "flush").then(|| Reporter);
    let mut args = std::env::args().skip(1);
    let (what, how) = (args.next().expect("what"), args.next().unwrap_or_default());
    let mut builder = match args.next() {
        Some(_) => tokio::runtime::Builder::new_current_thread(),
        None => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = builder.worker_threads(2).enable_all().build().expect("a runtime");
    let outcome = runtime.block_on(run(&what, &how));
    drop(runtime);
    outcome
}
