//! `check`: when it runs, what it finds, and what the group makes of that.

use std::time::Duration;

use service_group::{Running, Task, service_group};
use service_group_tests::{Log, Probe, paused};
use tokio::time::{Instant, sleep, timeout};

use super::{Scripted, ms};

#[service_group]
struct App {
    log: Log,
    store_script: Scripted,
    cache_script: Scripted,
    #[service(start = store_script.clone(), stop = drop(store), check = store.call("store").await)]
    store: Scripted,
    #[service(
        start = cache_script.clone(),
        stop = drop(cache),
        check = cache.call("cache").await?,
        check_within = "200ms",
        may_fail
    )]
    cache: Scripted,
    #[service(start = { let _ = (store, cache); Probe::new("rpc", log) })]
    rpc: Probe,
    #[service(start = { let _ = rpc; Probe::new("gateway", log) })]
    gateway: Probe,
}

async fn started(log: &Log) -> (Running<App>, Scripted, Scripted) {
    let (store, cache) = (Scripted::new(log), Scripted::new(log));
    let app = App::start(log.clone(), store.clone(), cache.clone()).await.expect("starts");
    (app, store, cache)
}

#[test]
fn a_failing_check_names_the_services_that_use_it() {
    paused(async {
        let log = Log::default();
        let (app, store, _) = started(&log).await;
        let group = app.handle();
        assert_eq!(store.calls(), 0, "nothing runs before something asks");
        assert_eq!(group.check().await.to_string(), "all checks passed");
        assert!(group.is_ready());
        sleep(ms(1001)).await;
        store.set_fails(true);
        let report = group.check().await;
        assert_eq!(report.to_string(), "`store` (used by `rpc`, `gateway`): store is broken");
        assert!(!report.is_ready() && !group.is_ready());
        let status = group.status();
        let failure = status.service("store").and_then(|store| store.check_failure.as_ref());
        assert_eq!(failure.map(ToString::to_string).as_deref(), Some("store is broken"));
        assert_eq!(status.phase.to_string(), "running", "a check never stops the group");
        // A failure is not kept.
        store.set_fails(false);
        assert!(group.check().await.is_ready());
        assert!(group.is_ready());
        assert!(app.stop().await.is_clean());
    });
}

#[test]
fn a_success_is_valid_for_a_second_and_a_failure_is_not_kept() {
    paused(async {
        let log = Log::default();
        let (app, store, _) = started(&log).await;
        let group = app.handle();
        for _ in 0..5 {
            assert!(group.check().await.is_ready());
        }
        assert_eq!(store.calls(), 1);
        sleep(ms(999)).await;
        assert!(group.check().await.is_ready());
        assert_eq!(store.calls(), 1);
        sleep(ms(1)).await;
        store.set_fails(true);
        for _ in 0..3 {
            assert!(!group.check().await.is_ready());
        }
        assert_eq!(store.calls(), 4);
        assert!(app.stop().await.is_clean());
    });
}

#[test]
fn checks_run_side_by_side_and_one_at_a_time_for_each_service() {
    paused(async {
        let log = Log::default();
        let (app, store, cache) = started(&log).await;
        let group = app.handle();
        store.set_takes(ms(150));
        cache.set_takes(ms(150));
        let begun = Instant::now();
        let (one, other) = tokio::join!(group.check(), group.check());
        assert_eq!(begun.elapsed(), ms(150));
        assert!(one.is_ready() && other.is_ready());
        assert_eq!((store.calls(), cache.calls()), (1, 1));
        assert!(app.stop().await.is_clean());
    });
}

#[test]
fn a_check_that_does_not_return_fails_in_its_time() {
    paused(async {
        let log = Log::default();
        let (app, store, cache) = started(&log).await;
        let group = app.handle();
        store.set_takes(Duration::MAX);
        cache.set_takes(Duration::MAX);
        let begun = Instant::now();
        let report = group.check().await;
        assert_eq!(begun.elapsed(), ms(1000));
        assert_eq!(
            report.to_string(),
            "`store` (used by `rpc`, `gateway`): no answer within 1 s; \
             `cache` (used by `rpc`, `gateway`): no answer within 200 ms"
        );
        // It was cancelled, so that the next question checks again.
        store.set_takes(Duration::ZERO);
        assert!(group.check().await.is_ready(), "`cache` may fail");
        assert!(app.stop().await.is_clean());
    });
}

/// The service is degraded: readiness lists it, and stays.
#[test]
fn a_failing_check_of_a_service_that_may_fail_makes_it_degraded() {
    paused(async {
        let log = Log::default();
        let (app, _, cache) = started(&log).await;
        let group = app.handle();
        cache.set_fails(true);
        let report = group.check().await;
        assert!(report.is_ready() && group.is_ready());
        assert_eq!(report.failures.len(), 1);
        assert!(report.failures[0].may_fail);
        assert_eq!(group.status().degraded(), ["cache"]);
        assert!(app.stop().await.is_clean());
    });
}

/// A probe whose client has gone.
#[test]
fn a_check_goes_on_if_its_future_is_dropped_and_what_it_finds_counts() {
    paused(async {
        let log = Log::default();
        let (app, store, _) = started(&log).await;
        let group = app.handle();
        store.set_takes(ms(100));
        assert!(timeout(ms(50), group.check()).await.is_err());
        sleep(ms(100)).await;
        assert!(group.check().await.is_ready());
        assert_eq!(store.calls(), 1, "its success is valid");
        assert!(app.stop().await.is_clean());
    });
}

#[test]
fn a_stop_waits_for_no_check() {
    paused(async {
        let log = Log::default();
        let (app, store, _) = started(&log).await;
        let group = app.handle();
        store.set_takes(Duration::MAX);
        let check = tokio::spawn(group.check());
        sleep(ms(10)).await;
        let begun = Instant::now();
        let report = app.stop().await;
        assert!(report.is_clean(), "{report}");
        assert_eq!(begun.elapsed(), Duration::ZERO);
        let calls = store.calls();
        drop(check.await.expect("no panic"));
        drop(group.check().await);
        assert_eq!(store.calls(), calls, "nothing runs after the stop");
    });
}

#[service_group]
struct Outcomes {
    given: Result<bool, String>,
    #[service(start = given.clone(), stop = drop(result), check = result)]
    result: Result<bool, String>,
    #[service(start = matches!(given, Ok(true)), stop = drop(flag), check = flag)]
    flag: bool,
    #[service(start = 3, stop = drop(number), check = number.checked_add(1).ok_or("overflow"))]
    number: u8,
    #[service(start = (), check = ())]
    nothing: (),
    #[service(start = 0_u8, stop = drop(panics), check = { assert!(panics > 0, "it was {panics}"); })]
    panics: u8,
    #[service(start = Task::spawn(async |_| ()))]
    task: Task,
}

#[test]
fn what_a_check_may_return() {
    paused(async {
        for (given, expected) in [
            (Ok(true), "`panics`: panicked: it was 0"),
            (
                Ok(false),
                "`result`: the check returned false; `flag`: the check returned false; `panics`: panicked: it was 0",
            ),
            (
                Err("no answer".to_owned()),
                "`result`: no answer; `flag`: the check returned false; `panics`: panicked: it was 0",
            ),
        ] {
            let app = Outcomes::start(given).await.expect("starts");
            assert_eq!(app.handle().check().await.to_string(), expected);
            assert!(app.stop().await.is_clean());
        }
    });
}

#[service_group]
struct Storage {
    log: Log,
    script: Scripted,
    #[service(start = script.clone(), stop = drop(index), check = index.call("index").await)]
    index: Scripted,
    #[service(start = { let _ = index; Probe::new("search", log) })]
    search: Probe,
}

#[service_group]
struct Outer {
    log: Log,
    script: Scripted,
    #[service(start = Storage::start(log.clone(), script.clone()).await?)]
    storage: Running<Storage>,
    #[service(start = { let _ = storage; Probe::new("gateway", log) })]
    gateway: Probe,
}

#[test]
fn checks_of_a_nested_group_count_for_the_group_around_it() {
    paused(async {
        let log = Log::default();
        let script = Scripted::new(&log);
        let app = Outer::start(log.clone(), script.clone()).await.expect("starts");
        script.set_fails(true);
        let report = app.handle().check().await;
        assert_eq!(
            report.to_string(),
            "`storage.index` (used by `storage.search`, `gateway`): index is broken"
        );
        assert!(!app.handle().is_ready() && !app.storage.handle().is_ready());
        script.set_fails(false);
        assert!(app.handle().check().await.is_ready());
        assert!(app.handle().is_ready());
        assert!(app.stop().await.is_clean());
    });
}

#[service_group]
struct Sender {
    #[service(start = tokio::sync::mpsc::channel::<()>(1).0, stop = drop(sender), check = !sender.is_closed())]
    sender: tokio::sync::mpsc::Sender<()>,
}

/// The clone is dropped when its service is told to stop.
#[test]
fn the_clone_lives_until_the_stop() {
    paused(async {
        let app = Sender::start().await.expect("starts");
        let weak = app.sender.downgrade();
        assert_eq!(weak.strong_count(), 2, "the value, and the clone for checks");
        assert!(app.stop().await.is_clean());
        assert_eq!(weak.strong_count(), 0);
        let app = Sender::start().await.expect("starts");
        let weak = app.sender.downgrade();
        drop(app);
        assert_eq!(weak.strong_count(), 0, "dropped with a group that is not stopped");
    });
}
