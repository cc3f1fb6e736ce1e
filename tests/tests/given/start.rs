//! What the start does with a value that the caller gave.

use service_group::report::StartOutcome;
use service_group::status::ServiceState;
use service_group::{
    BoxError, BoxService, GroupHandle, ServiceContext, StartErrorKind, StopContext, service_group,
};
use service_group_tests::{Event, Log, Probe, Service, paused, scripted_with};
use tokio::time::{Instant, sleep, timeout};

use super::{App, Start, ms};

#[test]
fn it_counts_as_started_and_is_stopped_in_its_place() {
    paused(async {
        let (log, begun) = (Log::default(), Instant::now());
        let app = App::start(log.clone(), Probe::new("pool", &log), Start::Works).await.expect("starts");
        assert_eq!(begun.elapsed(), ms(100));
        assert_eq!(log.lines().join(" "), "+pool +rpc +telemetry", "`after` orders its stop only");
        let state = app.handle().status().service("pool").expect("a row").state;
        assert_eq!(state, ServiceState::Running);
        assert!(app.stop().await.is_clean());
        assert_eq!(log.lines()[3..].join(" "), "-rpc ~rpc -pool ~pool -telemetry ~telemetry");
    });
}

#[test]
fn the_report_of_the_start_says_that_it_was_given() {
    paused(async {
        let log = Log::default();
        let app = App::start(log.clone(), Probe::new("pool", &log), Start::Works).await.expect("starts");
        let report = app.start_report();
        let row = |name: &str| report.service(name).expect("a row");
        assert!(row("pool").is_given && !row("pool").is_replaced && !row("rpc").is_given);
        assert_eq!(row("pool").outcome, StartOutcome::Started);
        assert_eq!(row("rpc").waited_for, None, "nothing waits for a value that exists");
        let text = report.to_string();
        assert!(text.lines().any(|line| line.contains("pool") && line.ends_with(" given")), "{text}");
        assert!(app.stop().await.is_clean());
    });
}

/// Whatever goes wrong in the start of another service, the value is stopped in its place, and the report names it.
#[test]
fn it_is_stopped_when_a_start_fails() {
    paused(async {
        for begins in [Start::Fails, Start::Panics, Start::Hangs] {
            let log = Log::default();
            let error = App::start(log.clone(), Probe::new("pool", &log), begins).await;
            let error = error.expect_err("does not start");
            assert_eq!(error.service().map(AsRef::as_ref), Some("rpc"), "{error:#}");
            assert_eq!(
                log.lines().join(" "),
                "+pool +telemetry -pool ~pool -telemetry ~telemetry",
                "{begins:?}"
            );
            let report = error.report().expect("it was rolled back");
            let outcome = &report.service("pool").expect("a row").outcome;
            assert_eq!(outcome.to_string(), "graceful", "{report}");
        }
    });
}

#[service_group]
struct Requested {
    #[group]
    group: GroupHandle,
    log: Log,
    #[service(given)]
    pool: Probe,
    #[service(start = { let _ = pool; group.request_stop(); sleep(ms(50)).await; Probe::new("rpc", log) })]
    rpc: Probe,
}

#[test]
fn it_is_stopped_when_a_stop_is_requested_during_the_start() {
    paused(async {
        let log = Log::default();
        let error = Requested::start(log.clone(), Probe::new("pool", &log)).await.expect_err("it is stopped");
        assert!(matches!(error.kind(), StartErrorKind::Stopped(_)), "{error:#}");
        assert_eq!(log.lines().join(" "), "+pool -pool ~pool");
    });
}

/// A request that comes before the first start finds the value there all the same.
#[test]
fn it_is_stopped_when_a_stop_was_requested_before_the_start() {
    let given = Service { is_given: true, ..Service::new(vec![0], ms(10)) };
    let services = vec![Service::new(vec![], ms(10)), given, Service::new(vec![1], ms(10))];
    let (runner, history) = scripted_with(services, ms(15_000), |group| {
        group.request_stop();
    });
    let error = paused(runner.start()).expect_err("it is stopped");
    assert!(matches!(error.kind(), StartErrorKind::Stopped(_)), "{error:#}");
    assert_eq!(history.events(), [Event::StopRequest(1), Event::Gone(1)]);
}

/// Like all that has started, it is dropped in stop order when nothing is left that could stop it.
#[test]
fn it_is_dropped_in_its_place_when_the_future_of_the_start_is_dropped() {
    paused(async {
        let log = Log::default();
        let start = App::start(log.clone(), Probe::new("pool", &log), Start::Hangs);
        timeout(ms(500), start).await.expect_err("`rpc` hangs");
        while log.lines().len() < 4 {
            tokio::task::yield_now().await;
        }
        assert_eq!(log.lines().join(" "), "+pool +telemetry ~pool ~telemetry");
    });
}

#[test]
fn a_runner_that_does_not_run_drops_it() {
    paused(async {
        let log = Log::default();
        drop(App::runner(log.clone(), Probe::new("pool", &log), Start::Works));
        assert_eq!(log.lines().join(" "), "+pool ~pool");
        let runner = App::runner(log.clone(), Probe::new("second", &log), Start::Works);
        let error = runner.stop_within(ms(1)).start().await.expect_err("a budget that is too short");
        assert!(matches!(error.kind(), StartErrorKind::BudgetExceeded(_)));
        assert_eq!(log.lines()[2..].join(" "), "+second ~second");
    });
}

/// A service that needs more time than its field has.
struct Slow(Probe);

impl service_group::Service for Slow {
    const STOP_WITHIN: std::time::Duration = std::time::Duration::from_secs(9);

    async fn stop(self, context: StopContext) -> Result<(), BoxError> {
        self.0.stop(context).await
    }
}

#[service_group]
struct Boxed {
    log: Log,
    #[service(given)]
    pool: BoxService,
    #[service(start = { sleep(ms(100)).await; Probe::new("rpc", log) })]
    rpc: Probe,
}

/// The type is checked when the value joins the group: it fails as a start, and is stopped.
#[test]
fn a_box_that_needs_more_than_its_field_has_is_refused_and_stopped() {
    paused(async {
        let log = Log::default();
        let pool = BoxService::new(Slow(Probe::new("pool", &log)));
        let error = Boxed::start(log.clone(), pool).await.expect_err("9 s are more than 5 s");
        assert!(format!("{error:#}").contains("needs 9s to stop, and its field has 5s"), "{error:#}");
        assert_eq!(log.lines().join(" "), "+pool +rpc -pool ~pool -rpc ~rpc");
    });
}

/// A value whose `joined` panics.
struct Joins(Probe);

impl service_group::Service for Joins {
    fn joined(&self, context: &ServiceContext) {
        panic!("`{}` is broken", context.name());
    }

    async fn stop(self, context: StopContext) -> Result<(), BoxError> {
        self.0.stop(context).await
    }
}

#[service_group]
struct Broken {
    log: Log,
    #[service(given)]
    pool: Joins,
    #[service(start = { let _ = pool; Probe::new("rpc", log) })]
    rpc: Probe,
}

#[test]
fn a_value_that_panics_when_it_joins_is_stopped() {
    paused(async {
        let log = Log::default();
        let error = Broken::start(log.clone(), Joins(Probe::new("pool", &log))).await.expect_err("panics");
        assert_eq!(error.to_string(), "`pool` (needed by `rpc`) panicked in its start: `pool` is broken");
        assert_eq!(log.lines().join(" "), "+pool -pool ~pool");
    });
}
