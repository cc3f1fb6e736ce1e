//! The report of a start.

use service_group::report::StartOutcome;
use service_group::{GroupHandle, Running, service_group};
use service_group_tests::paused;
use tokio::time::sleep;

use super::{Attempts, HandOver, ms};

#[service_group]
struct Storage {
    #[service(start = sleep(ms(100)).await)]
    log: (),
}

#[service_group]
struct App {
    attempts: Attempts,
    fails: bool,
    out: HandOver,
    #[group]
    group: GroupHandle,
    #[service(start = out.put(group))]
    handle: (),
    #[service(start = { sleep(ms(200)).await; Storage::start().await? })]
    storage: Running<Storage>,
    #[service(start = sleep(ms(50)).await)]
    cache: (),
    #[service(start = { let _ = (storage, cache); attempts.succeeds_at(2)?; }, retry = "500ms..500ms")]
    rpc: (),
    #[service(start = { let () = rpc; if *fails { Err("no port")?; } sleep(ms(200)).await })]
    gateway: (),
}

#[test]
fn it_shows_the_time_axis_the_attempts_and_the_slowest_path() {
    paused(async {
        let app = App::start(Attempts::default(), false, HandOver::default()).await.expect("starts");
        let report = app.start_report();
        assert!(report.has_started);
        assert_eq!(report.start_duration, ms(1000));
        let row = |name: &str| report.service(name).expect("a row");
        assert_eq!((row("rpc").begun_after, row("rpc").start_duration), (ms(300), ms(500)));
        assert_eq!(row("rpc").attempts, 2);
        assert_eq!(row("gateway").waited_for.as_deref(), Some("rpc"));
        assert_eq!(row("rpc").waited_for.as_deref(), Some("storage"));
        assert_eq!(row("cache").waited_for, None);
        let path: Vec<_> = report.slowest_path().iter().map(|service| service.name.to_string()).collect();
        assert_eq!(path, ["storage", "rpc", "gateway"]);
        let text = report.to_string();
        assert_eq!(
            text,
            "\
`App` started in 1 s; slowest path: `storage` 300 ms → `rpc` 500 ms → `gateway` 200 ms
  handle   █                                             0 µs  started
  storage  ████████████                                300 ms  started
    log            ████                                100 ms  started
  cache    ██                                           50 ms  started
  rpc                  ████████████████████            500 ms  started, after `storage`, 2 attempts, last error: refused (1)
  gateway                                  ████████    200 ms  started, after `rpc`"
        );
        assert!(app.stop().await.is_clean());
    });
}

#[test]
fn of_a_start_that_failed() {
    paused(async {
        let outcome = App::runner(Attempts::default(), true, HandOver::default()).signals(false).run().await;
        let report = outcome.start_report().expect("it began");
        assert!(!report.has_started);
        let row = |name: &str| report.service(name).expect("a row");
        assert_eq!(row("gateway").outcome, StartOutcome::DidNotStart);
        assert_eq!(row("rpc").outcome, StartOutcome::Started);
        let text = report.to_string();
        assert!(text.starts_with("`App` has not started after 800 ms; slowest path: `storage`"), "{text}");
    });
}

#[test]
fn while_the_group_starts() {
    paused(async {
        let out = HandOver::default();
        let running = tokio::spawn(App::start(Attempts::default(), false, out.clone()));
        sleep(ms(100)).await;
        let report = out.handle().start_report();
        let outcome = |name: &str| report.service(name).expect("a row").outcome;
        assert_eq!(outcome("storage"), StartOutcome::Starting);
        assert_eq!(outcome("cache"), StartOutcome::Started);
        assert_eq!(outcome("rpc"), StartOutcome::Waiting);
        assert_eq!(report.start_duration, ms(100));
        let app = running.await.expect("no panic").expect("starts");
        assert!(app.stop().await.is_clean());
    });
}
