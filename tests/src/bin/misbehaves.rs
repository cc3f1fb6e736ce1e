//! A program with one service whose code misbehaves at one place: `misbehaves PLACE HOW [current-thread]`. Prints `ready` when
//! it has started, `fault` when the fault begins, `neighbour stopped` and `closed` when the two services beside it have
//! stopped, and `main goes on` after the run.

use std::error::Error;
use std::fmt;
use std::future::{Future, pending};
use std::sync::Arc;
use std::time::Duration;

use service_group::{
    BoxError, Detail, Outcome, RestartPolicy, ServerStats, Service, ServiceContext, ServiceExit, StatsSource,
    StopContext, StopToken, Task, service_group,
};
use service_group_tests::print;
use tokio::time::sleep;

/// One place where the code misbehaves, and how.
#[derive(Debug, Clone)]
struct Fault {
    place: String,
    how: String,
}

impl Fault {
    /// Misbehaves if this is the place.
    fn at(&self, place: &str) {
        if self.place == place {
            self.happen();
        }
    }

    fn happen(&self) {
        print("fault");
        match &*self.how {
            "panics" => panic!("it is broken"),
            "is-slow" => std::thread::sleep(Duration::from_secs(2)),
            "blocks" => loop {
                std::thread::park();
            },
            other => unreachable!("{other}"),
        }
    }

    /// Fails with an error that misbehaves if this is one of the places of an error.
    fn error(&self, whose: &str) -> Result<(), BoxError> {
        let of_error = ["display", "source", "debug", "drop-of-error"];
        if self.place.strip_prefix(whose).is_some_and(|place| of_error.contains(&place)) {
            let place = self.place[whose.len()..].to_owned();
            return Err(Bad(Self { place, how: self.how.clone() }).into());
        }
        Ok(())
    }
}

/// An error that misbehaves.
struct Bad(Fault);

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.at("display");
        f.write_str("the broker is gone")
    }
}

impl fmt::Debug for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.at("debug");
        f.write_str("Bad")
    }
}

impl Error for Bad {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.at("source");
        None
    }
}

impl Drop for Bad {
    fn drop(&mut self) {
        self.0.at("drop-of-error");
    }
}

/// A service that misbehaves.
struct Foreign {
    fault: Fault,
}

impl Foreign {
    async fn start(fault: &Fault) -> Result<Self, BoxError> {
        fault.error("start-")?;
        fault.at("start");
        if fault.place == "drop-of-start" {
            let _dropped = DropsBadly(fault.clone());
            pending::<()>().await;
        }
        Ok(Self { fault: fault.clone() })
    }
}

/// Misbehaves when it is dropped.
struct DropsBadly(Fault);

impl Drop for DropsBadly {
    fn drop(&mut self) {
        self.0.happen();
    }
}

struct Stats(Fault);

impl StatsSource for Stats {
    fn stats(&self) -> ServerStats {
        self.0.at("stats");
        ServerStats::default()
    }
}

impl Service for Foreign {
    const STOP_WITHIN: Duration = Duration::from_secs(3);

    fn joined(&self, context: &ServiceContext) {
        self.fault.at("joined");
        if self.fault.place == "stats" {
            context.show_stats(Arc::new(Stats(self.fault.clone())));
        }
    }

    fn finished(&self) -> impl Future<Output = ServiceExit> + Send + 'static {
        let fault = self.fault.clone();
        async move {
            sleep(Duration::from_millis(50)).await;
            fault.at("finished");
            match fault.error("running-") {
                Ok(()) => pending().await,
                Err(error) => ServiceExit::Failed(error),
            }
        }
    }

    async fn stop(self, context: StopContext) -> Result<(), BoxError> {
        self.fault.at("stop");
        if self.fault.place == "stop-payload" {
            std::panic::panic_any(DropsBadly(self.fault.clone()));
        }
        if self.fault.place.starts_with("details") {
            let fault = Fault { place: "details".to_owned(), ..self.fault.clone() };
            context.detail_from(move || {
                fault.at("details");
                None::<Detail>
            });
        }
        if self.fault.place == "details-of-stuck" {
            let _hold = context.hold();
            std::thread::sleep(Duration::from_secs(100));
        }
        self.fault.error("stop-")
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        self.fault.at("drop");
    }
}

/// A task that misbehaves.
fn faulty_task(fault: &Fault) -> Task {
    let fault = fault.clone();
    if fault.place == "factory" {
        let mut runs = 0;
        let policy = RestartPolicy::default().backoff(Duration::from_millis(1), Duration::from_millis(1));
        return Task::restarting(policy, move |stop| {
            runs += 1;
            if runs == 2 {
                fault.at("factory");
            }
            let fails = runs == 1;
            async move {
                if fails {
                    return Err("the first run fails");
                }
                print("runs again");
                stop.requested().await;
                Ok(())
            }
        });
    }
    Task::spawn(move |stop| async move {
        fault.at("task");
        fault.error("task-")?;
        stop.requested().await;
        fault.at("task-in-stop");
        Ok::<_, BoxError>(())
    })
}

struct Store;

/// The stop of the store.
fn close(_: Store) {
    print("closed");
}

async fn wait(stop: StopToken) {
    stop.requested().await;
    sleep(Duration::from_millis(20)).await;
    print("neighbour stopped");
}

#[service_group(stop_within = "4s")]
struct App {
    fault: Fault,
    #[service(start = Store, stop = close(store), stop_within = "1s")]
    store: Store,
    #[service(start = { let _ = store; Foreign::start(fault).await? }, start_within = "2500ms")]
    foreign: Foreign,
    #[service(start = { let _ = store; faulty_task(fault) }, start_within = "2500ms", stop_within = "3s")]
    task: Task,
    #[service(start = { let _ = store; Task::spawn(wait) }, start_within = "2500ms", stop_within = "1s")]
    neighbour: Task,
}

fn main() -> Outcome {
    let mut args = std::env::args().skip(1);
    let (place, how) = (args.next().expect("a place"), args.next().expect("how"));
    let mut builder = match args.next() {
        Some(_) => tokio::runtime::Builder::new_current_thread(),
        None => tokio::runtime::Builder::new_multi_thread(),
    };
    let fault = Fault { place, how };
    if fault.place == "panic-hook" {
        let (hook, fault) = (std::panic::take_hook(), fault.clone());
        std::panic::set_hook(Box::new(move |info| {
            hook(info);
            fault.happen();
        }));
    }
    let of_app = match &*fault.place {
        "panic-hook" => Fault { place: "task-in-stop".to_owned(), how: "panics".to_owned() },
        _ => fault.clone(),
    };
    let runtime = builder.worker_threads(2).enable_all().build().expect("a runtime");
    let on_ready = move |_: &App| {
        print("ready");
        fault.at("on-ready");
    };
    let outcome = runtime.block_on(App::runner(of_app).on_ready(on_ready).run());
    drop(runtime);
    print("main goes on");
    outcome
}
