//! A run of a part of a group: what the caller gave is stopped whether or not it is used.

use service_group::{StartErrorKind, StopOutcome};
use service_group_tests::{Log, Probe, paused};

use super::{App, Start, ms};

#[test]
fn it_is_stopped_although_nothing_that_runs_uses_it() {
    paused(async {
        let log = Log::default();
        let runner = App::runner(log.clone(), Probe::new("pool", &log), Start::Works).signals(false);
        let run = tokio::spawn(runner.only([App::KEYS.telemetry.id()]).run());
        tokio::time::sleep(ms(200)).await;
        run.abort();
        assert_eq!(log.lines().join(" "), "+pool +telemetry");

        let log = Log::default();
        let runner = App::runner(log.clone(), Probe::new("pool", &log), Start::Works).signals(false);
        let outcome = runner.only([]).run().await;
        assert!(outcome.is_success());
        assert_eq!(log.lines().join(" "), "+pool -pool ~pool");
        let report = outcome.stop_report().expect("it ran");
        assert!(matches!(report.service("pool").expect("a row").outcome, StopOutcome::Graceful));
        assert!(matches!(report.service("rpc").expect("a row").outcome, StopOutcome::LeftOut));
    });
}

#[test]
fn a_value_in_its_place_is_stopped_too() {
    paused(async {
        let log = Log::default();
        let runner = App::runner(log.clone(), Probe::new("pool", &log), Start::Works).signals(false);
        let runner = runner.replace(App::KEYS.pool, Probe::new("fake", &log));
        assert!(runner.only([]).run().await.is_success());
        assert_eq!(log.lines().join(" "), "+pool +fake -fake ~fake ~pool");
    });
}

/// Another start in its place is a start, which `only` leaves out.
#[test]
fn another_start_in_its_place_is_an_error_if_it_is_left_out() {
    paused(async {
        let log = Log::default();
        let runner = App::runner(log.clone(), Probe::new("pool", &log), Start::Works).signals(false);
        let other = log.clone();
        let runner = runner.replace_start(App::KEYS.pool, async move { Ok(Probe::new("fake", &other)) });
        let outcome = runner.only([App::KEYS.telemetry.id()]).run().await;
        let error = outcome.start_error().expect("left out");
        assert!(matches!(error.kind(), StartErrorKind::ReplacedAndLeftOut(name) if *name == *"pool"));
        assert_eq!(log.lines().join(" "), "+pool ~pool");
    });
}
