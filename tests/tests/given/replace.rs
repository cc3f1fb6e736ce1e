//! Values and starts in place of what the caller gave.

use service_group::{BoxError, StartErrorKind, StopOutcome, service_group};
use service_group_tests::{Log, Probe, paused};
use tokio::time::{Instant, sleep};

use super::{App, Start, ms};

fn runner(log: &Log) -> service_group::Runner<App> {
    App::runner(log.clone(), Probe::new("pool", log), Start::Works)
}

/// The replaced value has the place in the order. The given one is dropped with the inputs.
#[test]
fn a_value_is_stopped_in_its_place_and_the_given_one_is_dropped() {
    paused(async {
        let log = Log::default();
        let app =
            runner(&log).replace(App::KEYS.pool, Probe::new("fake", &log)).start().await.expect("starts");
        let report = app.start_report();
        let row = report.service("pool").expect("a row");
        assert!(row.is_given && row.is_replaced);
        assert!(app.stop().await.is_clean());
        assert_eq!(
            log.lines().join(" "),
            "+pool +fake +rpc +telemetry -rpc ~rpc -fake ~fake -telemetry ~telemetry ~pool"
        );
    });
}

/// A start in its place is a start like any other: those that use it wait for it. Its own `after` orders its stop alone.
#[test]
fn a_start_runs_in_its_place() {
    paused(async {
        let (log, begun) = (Log::default(), Instant::now());
        let other = log.clone();
        let start = async move {
            sleep(ms(300)).await;
            Ok(Probe::new("fake", &other))
        };
        let app = runner(&log).replace_start(App::KEYS.pool, start).start().await.expect("starts");
        assert_eq!(begun.elapsed(), ms(300));
        let report = app.start_report();
        let row = |name: &str| report.service(name).expect("a row");
        assert!(!row("pool").is_given && row("pool").is_replaced);
        assert_eq!(row("rpc").waited_for.as_deref(), Some("pool"));
        assert!(app.stop().await.is_clean());
        assert_eq!(
            log.lines().join(" "),
            "+pool +telemetry +fake +rpc -rpc ~rpc -fake ~fake -telemetry ~telemetry ~pool"
        );
    });
}

/// Without a window of its own it has that of the group.
#[test]
fn a_start_that_fails_or_hangs_in_its_place() {
    paused(async {
        let log = Log::default();
        let refused = async { Err::<Probe, BoxError>("no".into()) };
        let error = runner(&log).replace_start(App::KEYS.pool, refused).start().await.expect_err("fails");
        assert_eq!(format!("{error:#}"), "`pool` (needed by `rpc`) did not start: no");
        assert_eq!(log.lines().join(" "), "+pool +telemetry -telemetry ~telemetry ~pool");

        let (log, begun) = (Log::default(), Instant::now());
        let error = runner(&log).replace_start(App::KEYS.pool, std::future::pending()).start().await;
        let error = error.expect_err("hangs");
        assert_eq!(error.to_string(), "`pool` (needed by `rpc`) did not start within 30 s");
        assert_eq!(begun.elapsed(), ms(30_000));
    });
}

/// A value whose drop panics.
struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        panic!("the guard is broken");
    }
}

#[service_group]
struct Guarded {
    log: Log,
    #[service(given, stop = std::mem::forget(guard))]
    guard: Guard,
    #[service(start = { let _ = guard; Probe::new("rpc", log) })]
    rpc: Probe,
}

/// A run that is refused before its first start drops what it was given, and what stands in its place.
#[test]
fn a_refused_run_survives_a_drop_that_panics() {
    paused(async {
        let runner = || {
            let runner = Guarded::runner(Log::default(), Guard).signals(false);
            runner.replace(Guarded::KEYS.guard, Guard)
        };
        let error = runner().stop_within(ms(1)).start().await.expect_err("a budget that is too short");
        assert!(matches!(error.kind(), StartErrorKind::BudgetExceeded(_)), "{error:#}");
        let outcome = runner().only_named(["no_such"]).run().await;
        let error = outcome.start_error().expect("no such service");
        assert!(matches!(error.kind(), StartErrorKind::UnknownService(_)), "{error:#}");
    });
}

/// It is foreign code, as the drop of an input is: it is named, and skips no stop.
#[test]
fn the_given_one_is_named_if_its_drop_panics() {
    paused(async {
        for whole in [true, false] {
            let log = Log::default();
            let runner = Guarded::runner(log.clone(), Guard);
            let runner = if whole {
                runner.replace(Guarded::KEYS.guard, Guard)
            } else {
                runner.replace_start(Guarded::KEYS.guard, async { Ok(Guard) })
            };
            let report = runner.start().await.expect("starts").stop().await;
            assert_eq!(log.lines().join(" "), "+rpc -rpc ~rpc");
            let row = report.services.last().expect("rows");
            assert_eq!(row.name, "guard");
            assert!(
                matches!(&row.outcome, StopOutcome::Panicked(message) if message == "the guard is broken")
            );
            assert!(report.to_string().contains("it is the given value, which was replaced"), "{report}");
        }
    });
}
