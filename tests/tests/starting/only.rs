//! The roles of one binary.

use std::time::Duration;

use service_group::{StartErrorKind, StopCause, StopOutcome, Task, service_group};
use service_group_tests::{Log, Probe, paused};
use tokio::time::{sleep, timeout};

use super::{Attempts, ms};

#[service_group(stop_within = "1m", lame_duck = "5s")]
struct App {
    log: Log,
    attempts: Attempts,
    #[service(start = Probe::new("disk", log))]
    disk: Probe,
    #[service(start = { let _ = disk; Probe::new("database", log) })]
    database: Probe,
    #[service(start = { let _ = database; sleep(ms(10)).await; attempts.succeeds_at(3)?; log.note("migrated") }, retry = "1s..1s")]
    migrations: (),
    #[service(start = Probe::new("metrics", log), first)]
    metrics: Probe,
    #[service(start = { let _ = database; Probe::new("server", log) }, after(migrations))]
    server: Probe,
    #[service(start = Task::spawn({ log.note("+job"); async |_| () }), after(server))]
    job: Task,
}

fn runner(log: &Log) -> service_group::Runner<App> {
    App::runner(log.clone(), Attempts::default()).signals(false)
}

#[test]
fn a_step_runs_with_what_it_uses_and_the_run_ends_by_itself() {
    paused(async {
        let log = Log::default();
        let outcome = runner(&log).only([App::KEYS.migrations.id()]).run().await;
        assert_eq!(outcome.exit_code(), 0);
        assert_eq!(
            log.lines().join(" "),
            "+disk +database migrated -database ~database -disk ~disk",
            "neither `metrics`, which is only `first`, nor what comes after"
        );
        let report = outcome.stop_report().expect("it ran");
        assert!(matches!(report.cause, StopCause::Completed));
        assert!(report.lame_duck.is_zero(), "nobody waits for a job");
        assert!(matches!(report.service("server").expect("a row").outcome, StopOutcome::LeftOut));
        assert_eq!(report.service("migrations").expect("a row").waited_for, None, "nothing that ran");
        let text = report.to_string();
        assert!(text.contains("because its work was done: 3 services, all gracefully, 3 left out"), "{text}");
        let start = outcome.start_report().expect("it started");
        assert_eq!(start.service(App::KEYS.migrations).expect("a row").attempts, 3);
        assert_eq!(start.service("job").expect("a row").outcome.to_string(), "left out");
    });
}

/// `job` comes after `migrations` by way of `server`, which is left out.
#[test]
fn the_order_goes_through_services_that_are_left_out() {
    paused(async {
        let log = Log::default();
        let named = [App::KEYS.migrations.id(), App::KEYS.job.id(), App::KEYS.metrics.id()];
        let running = tokio::spawn(runner(&log).only(named).run());
        sleep(ms(3000)).await;
        assert_eq!(log.lines().join(" "), "+metrics +disk +database migrated +job");
        running.abort();
    });
}

#[test]
fn names_from_a_command_line() {
    paused(async {
        let log = Log::default();
        let outcome = runner(&log).only_named(["migrations"]).run().await;
        assert!(outcome.is_success());
        let log = Log::default();
        let outcome = runner(&log).only_named(["migration".to_owned()]).run().await;
        let error = outcome.start_error().expect("no such service");
        assert!(matches!(error.kind(), StartErrorKind::UnknownService(name) if *name == *"migration"));
        assert_eq!(error.to_string(), "`App` has no service `migration`");
        assert_eq!((outcome.exit_code(), log.lines().len()), (1, 0));
    });
}

#[test]
fn a_replacement_of_a_service_that_is_left_out_is_an_error_before_the_first_start() {
    paused(async {
        let log = Log::default();
        let fake = Probe::new("fake", &log);
        let runner = runner(&log).replace(App::KEYS.server, fake);
        let outcome = runner.only([App::KEYS.migrations.id()]).run().await;
        let error = outcome.start_error().expect("left out");
        assert!(matches!(error.kind(), StartErrorKind::ReplacedAndLeftOut(name) if *name == *"server"));
        assert_eq!(log.lines().join(" "), "+fake ~fake");
    });
}

/// A replaced service that is used by the role keeps its own dependencies in the run.
#[test]
fn a_role_with_a_replaced_database() {
    paused(async {
        let log = Log::default();
        let fake = Probe::new("fake", &log);
        let runner = runner(&log).replace(App::KEYS.database, fake);
        let outcome = runner.only([App::KEYS.migrations.id()]).run().await;
        assert!(outcome.is_success());
        assert_eq!(log.lines().join(" "), "+fake +disk migrated -fake ~fake -disk ~disk");
    });
}

#[test]
fn a_role_without_services_ends_at_once() {
    paused(async {
        let log = Log::default();
        assert!(runner(&log).only([]).run().await.is_success());
        assert!(log.lines().is_empty());
    });
}

#[service_group]
struct MayFail {
    #[service(start = Task::spawn(async |_| Err::<(), _>("no route")), may_fail)]
    push: Task,
}

/// A failure that the group survives is an end too.
#[test]
fn a_role_ends_when_what_may_fail_has_failed() {
    paused(async {
        let run = MayFail::runner().signals(false).only([MayFail::KEYS.push.id()]).run();
        let outcome = timeout(Duration::from_mins(1), run).await.expect("it ends by itself");
        assert_eq!(outcome.exit_code(), 0);
    });
}
