//! Values and starts in place of the written ones.

use std::future::pending;

use service_group::{BoxError, GroupHandle, Running, StartErrorKind, service_group};
use service_group_tests::{Log, Probe, paused};
use tokio::time::{Instant, sleep};

use super::{Attempts, ms};

#[service_group]
struct App {
    log: Log,
    attempts: Attempts,
    #[service(start = { sleep(ms(100)).await; Probe::new("disk", log) })]
    disk: Probe,
    #[service(start = { let _ = disk; attempts.succeeds_at(u32::MAX)?; Probe::new("store", log) }, retry)]
    store: Probe,
    #[service(start = { let _ = store; Probe::new("gateway", log) })]
    gateway: Probe,
}

/// The value is there from the beginning: `gateway` does not wait for `disk`. It is stopped in its place.
#[test]
fn a_value_counts_as_started_and_is_stopped_in_its_place() {
    paused(async {
        let (log, begun) = (Log::default(), Instant::now());
        let fake = Probe::new("fake", &log);
        let runner = App::runner(log.clone(), Attempts::default());
        let app = runner.replace(App::KEYS.store, fake).start().await.expect("starts");
        assert_eq!(begun.elapsed(), ms(100), "`disk` starts, since the struct has it");
        assert_eq!(log.lines().join(" "), "+fake +gateway +disk");
        assert!(app.start_report().service(App::KEYS.store).expect("a service").is_replaced);
        assert!(app.stop().await.is_clean());
        assert_eq!(log.lines()[3..].join(" "), "-gateway ~gateway -fake ~fake -disk ~disk");
    });
}

#[test]
fn of_two_replacements_the_last_one_counts() {
    paused(async {
        let log = Log::default();
        let runner = App::runner(log.clone(), Attempts::default());
        let (first, second) = (Probe::new("first", &log), log.clone());
        let app = runner
            .replace(App::KEYS.store, first)
            .replace_start(App::KEYS.store, async move { Ok(Probe::new("second", &second)) })
            .start()
            .await
            .expect("starts");
        // The other start waits for what its service starts after.
        assert_eq!(log.lines().join(" "), "+first ~first +disk +second +gateway");
        assert!(app.stop().await.is_clean());
    });
}

#[test]
fn another_start_is_not_retried() {
    paused(async {
        let log = Log::default();
        let runner = App::runner(log.clone(), Attempts::default());
        let refused = async { Err::<Probe, BoxError>("no".into()) };
        let error = runner.replace_start(App::KEYS.store, refused).start().await.expect_err("fails");
        assert_eq!(format!("{error:#}"), "`store` (needed by `gateway`) did not start: no");
        assert_eq!(log.lines().join(" "), "+disk -disk ~disk");
    });
}

/// A value that was given is stopped, not dropped, also when a start fails, and when the stop comes before everything.
#[test]
fn a_given_value_is_stopped_when_the_start_is_rolled_back() {
    paused(async {
        let log = Log::default();
        let runner = App::runner(log.clone(), Attempts::default());
        let error = runner
            .replace(App::KEYS.disk, Probe::new("fake", &log))
            .replace_start(App::KEYS.store, async { Err::<Probe, BoxError>("no".into()) })
            .start()
            .await;
        assert!(matches!(error.expect_err("fails").kind(), StartErrorKind::Failed(_)));
        assert_eq!(log.lines().join(" "), "+fake -fake ~fake");

        let log = Log::default();
        let runner = Early::runner(log.clone()).replace(Early::KEYS.gateway, Probe::new("fake", &log));
        let error = runner.start().await.expect_err("it requests its own stop");
        assert!(matches!(error.kind(), StartErrorKind::Stopped(_)));
        assert_eq!(log.lines().join(" "), "+fake -fake ~fake");
    });
}

#[service_group]
struct Early {
    log: Log,
    #[group]
    group: GroupHandle,
    #[service(start = { group.request_stop(); pending().await })]
    never: (),
    #[service(start = { let () = never; Probe::new("gateway", log) })]
    gateway: Probe,
}

#[service_group]
struct Outer {
    log: Log,
    #[service(start = Inner::start(log.clone(), false).await?)]
    inner: Running<Inner>,
    #[service(start = Probe::new(if inner.is_fake { "uses a fake" } else { "uses a real one" }, log))]
    user: Probe,
}

#[service_group]
struct Inner {
    log: Log,
    is_fake: bool,
    #[service(start = Probe::new("index", log))]
    index: Probe,
    #[service(start = { let _ = index; Probe::new("search", log) })]
    search: Probe,
}

/// The other start runs in the context of its service: the nested group is shown in the status of the group around it.
#[test]
fn a_nested_group_with_replaced_services() {
    paused(async {
        let log = Log::default();
        let inner = Inner::runner(log.clone(), true).replace(Inner::KEYS.index, Probe::new("fake", &log));
        let outer = Outer::runner(log.clone())
            .replace_start(Outer::KEYS.inner, async { Ok(inner.start().await?) })
            .start()
            .await
            .expect("starts");
        assert_eq!(log.lines().join(" "), "+fake +search +uses a fake");
        let status = outer.handle().status();
        let nested = status.service(Outer::KEYS.inner).and_then(|inner| inner.nested.as_ref());
        assert_eq!(nested.map(|nested| nested.group_name), Some("Inner"));
        assert!(outer.stop().await.is_clean());
    });
}
