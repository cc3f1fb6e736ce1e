//! Properties of the public types that users rely on and that no other test observes.

use std::error::Error;
use std::io;
use std::time::Duration;

use service_group::{
    BoxError, GroupHandle, GroupPhase, NestedFailure, Outcome, Panicked, Plan, Runner, Running, Service,
    ServiceExit, StopCause, StopContext, StopOutcome, Task, service_group,
};
use service_group_tests::{Log, Probe, paused};
use tokio::time::timeout;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[service_group]
struct Failing {
    #[service(start = Task::spawn(|_| fail()))]
    disk: Task,
}

async fn fail() -> Result<(), io::Error> {
    tokio::time::sleep(ms(100)).await;
    Err(io::Error::other("disk full"))
}

/// The error of a task is the user's own, in the cause as well as in the report.
#[test]
fn the_error_of_a_task_can_be_downcast() {
    paused(async {
        let app = Failing::start().await.expect("starts");
        let StopCause::Failed { error, .. } = app.stop_requested().await else { panic!("it fails") };
        assert!(error.downcast_ref::<io::Error>().is_some(), "{error:?}");
        let report = app.stop().await;
        let StopOutcome::Failed(error) = &report.service("disk").expect("reported").outcome else {
            panic!("{report}")
        };
        assert!(error.downcast_ref::<io::Error>().is_some(), "{error:?}");
    });
}

/// A failure inside a nested group keeps the error as its source.
#[test]
fn the_error_of_a_nested_group_is_the_source() {
    #[service_group]
    struct Outer {
        #[service(start = Failing::start().await?)]
        inner: Running<Failing>,
    }
    paused(async {
        let app = Outer::start().await.expect("starts");
        let StopCause::Failed { error, .. } = app.stop_requested().await else { panic!("it fails") };
        let failure = error.downcast_ref::<NestedFailure>().expect("the nested group failed");
        assert_eq!(failure.service(), &"disk");
        assert!(failure.source().expect("has a source").is::<io::Error>());
        drop(app);
    });
}

/// A panic in a running task is not an error of the task.
#[test]
fn a_panic_of_a_task_is_panicked() {
    #[service_group]
    struct Panics {
        #[service(start = Task::spawn(|_| panics()))]
        task: Task,
    }
    async fn panics() {
        tokio::time::sleep(ms(100)).await;
        panic!("two and two is five");
    }
    paused(async {
        let app = Panics::start().await.expect("starts");
        let StopCause::Failed { error, .. } = app.stop_requested().await else { panic!("it fails") };
        assert_eq!(error.downcast_ref::<Panicked>().expect("it panicked").message(), "two and two is five");
        drop(app);
    });
}

/// A service that wraps a group and forwards only public items keeps the theorem: its window is what the group needs.
#[test]
fn a_wrapped_group_keeps_its_window() {
    #[service_group(stop_within = "20s")]
    #[expect(dead_code, reason = "the plan is read, and the group is never started")]
    struct Inner {
        log: Log,
        #[service(start = Probe::new("slow", log), stop_within = "12s")]
        slow: Probe,
    }
    struct Wrapper(Running<Inner>);
    impl Service for Wrapper {
        const STOP_WITHIN: Duration = <Running<Inner> as Service>::STOP_WITHIN;
        async fn stop(self, context: StopContext) -> Result<(), BoxError> {
            Service::stop(self.0, context).await
        }
    }
    #[service_group(stop_within = "20s")]
    #[expect(dead_code, reason = "the plan is read, and the group is never started")]
    struct Outer {
        log: Log,
        #[service(start = Wrapper(Inner::start(log.clone()).await?))]
        inner: Wrapper,
    }
    assert_eq!(Outer::PLAN.slowest_stop(), Duration::from_secs(12));
}

/// The loop that a user writes first ends with the group.
#[test]
fn changes_end_with_the_group() {
    #[service_group]
    struct App {
        log: Log,
        #[service(start = Probe::new("store", log).stopping_for(300))]
        store: Probe,
    }
    paused(async {
        let app = App::start(Log::default()).await.expect("starts");
        let handle = app.handle();
        let mut changes = handle.changes();
        let first = changes.next().await.expect("the status of now");
        assert_eq!(first.phase, GroupPhase::Running);
        let watch = tokio::spawn(async move {
            let mut phases = Vec::new();
            while let Some(status) = changes.next().await {
                phases.push(status.phase);
            }
            phases
        });
        let stopped = tokio::spawn(handle.stopped());
        let _ = app.stop().await;
        let phases = timeout(ms(1_000), watch).await.expect("ends").expect("does not panic");
        assert_eq!(phases.last(), Some(&GroupPhase::Stopped), "{phases:?}");
        timeout(ms(1_000), stopped).await.expect("resolves").expect("does not panic");
        assert_eq!(handle.changes().next().await.expect("the last status").phase, GroupPhase::Stopped);
    });
}

/// A task can stop its group by what it returns.
#[test]
fn a_task_ends_its_group_by_what_it_returns() {
    #[service_group]
    struct App {
        #[service(start = Task::spawn(|_| import()))]
        import: Task,
    }
    async fn import() -> ServiceExit {
        tokio::time::sleep(ms(100)).await;
        ServiceExit::StopGroup
    }
    paused(async {
        let report = App::start().await.expect("starts").stopped().await;
        assert!(matches!(&report.cause, StopCause::Ended { service, .. } if service == "import"), "{report}");
        assert!(report.is_clean());
    });
}

/// A boxed service is stopped, watched and planned as the service in the box.
#[test]
fn a_boxed_service_is_a_service() {
    #[service_group]
    struct App {
        log: Log,
        #[service(start = Box::new(Probe::new("boxed", log)))]
        boxed: Box<Probe>,
        #[service(start = Box::new(Task::spawn(|_| fail())))]
        task: Box<Task>,
    }
    paused(async {
        let log = Log::default();
        let app = App::start(log.clone()).await.expect("starts");
        assert!(app.stop_requested().await.is_failure());
        let _ = app.stop().await;
        assert_eq!(log.text(), "+boxed, -boxed, ~boxed");
    });
}

/// `on_ready` is called once, with the group. A panic in it stops the group and loses no stop.
#[test]
fn on_ready_is_called_when_all_services_have_started() {
    #[service_group]
    struct App {
        log: Log,
        #[service(start = Probe::new("store", log))]
        store: Probe,
    }
    paused(async {
        let log = Log::default();
        let ready = log.clone();
        let app = App::runner(log.clone()).on_ready(move |_| ready.note("ready")).start().await;
        let _ = app.expect("starts").stop().await;
        assert_eq!(log.text(), "+store, ready, -store, ~store");

        let log = Log::default();
        let app = App::runner(log.clone()).on_ready(|_| panic!("no address")).start().await;
        let report = app.expect("starts").stopped().await;
        assert_eq!(report.cause.to_string(), "because `on_ready` panicked: no address");
        assert!(report.cause.is_failure() && !report.is_clean());
        assert_eq!(log.text(), "+store, -store, ~store");
    });
}

/// Every public type can be shared between threads.
#[test]
fn public_types_are_send_and_sync() {
    fn shared<T: Send + Sync>() {}
    shared::<Runner<Failing>>();
    shared::<Running<Failing>>();
    shared::<GroupHandle>();
    shared::<Outcome>();
    shared::<Plan>();
    shared::<StopCause>();
    shared::<StopContext>();
    shared::<StopOutcome>();
    shared::<Task>();
    shared::<service_group::BlockingTask>();
    shared::<service_group::BoxService>();
    shared::<service_group::Changes>();
    shared::<service_group::DrainSignal>();
    shared::<service_group::GroupStatus>();
    shared::<service_group::Hold>();
    shared::<service_group::RestartPolicy>();
    shared::<service_group::ServiceContext>();
    shared::<service_group::ServiceName>();
    shared::<service_group::SharedError>();
    shared::<service_group::StartError>();
    shared::<service_group::StopReport>();
    shared::<service_group::StopToken>();
    shared::<service_group::TaskFailed>();
    shared::<service_group::Tasks>();
}
