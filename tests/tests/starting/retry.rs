//! `retry`: attempts, pauses, the end of the window, and a stop in between.

use std::future::pending;
use std::time::Duration;

use service_group::status::ServiceState;
use service_group::{GroupHandle, Running, StartErrorKind, service_group};
use service_group_tests::{Log, Probe, paused};
use tokio::time::{Instant, sleep};

use super::{Attempts, HandOver, ms};

#[service_group]
struct App {
    log: Log,
    attempts: Attempts,
    succeeds_at: u32,
    out: HandOver,
    #[group]
    group: GroupHandle,
    #[service(start = out.put(group))]
    handle: (),
    #[service(start = Probe::new("store", log))]
    store: Probe,
    #[service(
        start = { let _ = store; attempts.succeeds_at(*succeeds_at)?; Probe::new("client", log) },
        retry = "100ms..1s",
        start_within = "5s"
    )]
    client: Probe,
    #[service(start = { let _ = client; Probe::new("gateway", log) })]
    gateway: Probe,
}

#[test]
fn a_start_that_fails_runs_again_until_it_succeeds() {
    paused(async {
        let (log, attempts, begun) = (Log::default(), Attempts::default(), Instant::now());
        let app = App::start(log.clone(), attempts.clone(), 4, HandOver::default())
            .await
            .expect("it starts in the end");
        assert_eq!(attempts.count(), 4);
        // Pauses of 100 to 200, 200 to 400, and 400 to 800 ms.
        let took = begun.elapsed();
        assert!((ms(700)..=ms(1401)).contains(&took), "{took:?}");
        let status = app.handle().status();
        let client = status.service("client").expect("a service");
        assert_eq!(client.attempts, 4);
        assert_eq!(client.start_failure.as_ref().map(ToString::to_string).as_deref(), Some("refused (3)"));
        assert_eq!(status.service("store").map(|store| store.attempts), Some(1));
        assert!(app.stop().await.is_clean());
        assert_eq!(
            log.lines().join(" "),
            "+store +client +gateway -gateway ~gateway -client ~client -store ~store"
        );
    });
}

/// The last pause would end after the window: the start fails before, with the cause and not with the time.
#[test]
fn a_start_that_has_no_time_for_another_pause_fails_with_its_last_error() {
    paused(async {
        let (log, attempts, begun) = (Log::default(), Attempts::default(), Instant::now());
        let error = App::start(log.clone(), attempts.clone(), u32::MAX, HandOver::default())
            .await
            .expect_err("never starts");
        let took = begun.elapsed();
        assert!((Duration::from_secs(4)..Duration::from_secs(5)).contains(&took), "{took:?}");
        let count = attempts.count();
        assert!(matches!(error.kind(), StartErrorKind::Failed(_)));
        assert_eq!(error.attempts(), count);
        assert_eq!(
            format!("{error:#}"),
            format!("`client` (needed by `gateway`) did not start in {count} attempts: refused ({count})")
        );
        assert_eq!(log.lines().join(" "), "+store -store ~store");
    });
}

#[test]
fn a_stop_request_ends_the_attempts_at_once() {
    paused(async {
        let (log, attempts) = (Log::default(), Attempts::default());
        let out = HandOver::default();
        let running = tokio::spawn(App::start(log.clone(), attempts.clone(), u32::MAX, out.clone()));
        // The third pause lasts from 300 to 600 ms at the earliest until 700 to 1,400 ms.
        sleep(ms(650)).await;
        let handle = out.handle();
        let status = handle.status();
        let client = status.service("client").expect("a service");
        assert_eq!(client.state, ServiceState::Starting);
        assert!(client.attempts >= 3, "{client:?}");
        assert!(client.start_failure.is_some());
        let (count, begun) = (attempts.count(), Instant::now());
        handle.request_stop();
        let error = running.await.expect("no panic").expect_err("it was asked to stop");
        assert!(matches!(error.kind(), StartErrorKind::Stopped(_)), "{error:?}");
        assert_eq!((attempts.count(), begun.elapsed()), (count, Duration::ZERO));
        assert_eq!(log.lines().join(" "), "+store -store ~store");
    });
}

#[service_group]
struct Hangs {
    attempts: Attempts,
    #[service(
        start = { if attempts.succeeds_at(2).is_ok() { pending::<()>().await } Err("refused")? },
        retry = "1s..1s",
        start_within = "5s"
    )]
    client: (),
}

#[test]
fn an_attempt_that_hangs_times_out_with_its_number() {
    paused(async {
        let error = Hangs::start(Attempts::default()).await.expect_err("it hangs");
        assert!(matches!(error.kind(), StartErrorKind::TimedOut(_)));
        assert_eq!(error.to_string(), "`client` did not start within 5 s, in attempt 2");
    });
}

#[service_group]
struct Panics {
    attempts: Attempts,
    #[service(start = { attempts.succeeds_at(2).unwrap() }, retry)]
    client: (),
}

#[test]
fn a_panic_is_not_retried() {
    paused(async {
        let attempts = Attempts::default();
        let error = Panics::start(attempts.clone()).await.expect_err("it panics");
        assert!(matches!(error.kind(), StartErrorKind::Panicked(_)));
        assert_eq!((attempts.count(), error.attempts()), (1, 1));
    });
}

#[service_group]
struct Inner {
    log: Log,
    attempts: Attempts,
    #[service(start = Probe::new("disk", log))]
    disk: Probe,
    #[service(start = { let _ = disk; attempts.succeeds_at(3)?; Probe::new("index", log) })]
    index: Probe,
}

#[service_group]
struct Outer {
    log: Log,
    attempts: Attempts,
    #[service(start = Inner::start(log.clone(), attempts.clone()).await?, retry = "100ms..100ms")]
    inner: Running<Inner>,
}

/// Each attempt of a nested group rolls back what it has started.
#[test]
fn a_nested_group_is_started_again_as_a_whole() {
    paused(async {
        let (log, attempts) = (Log::default(), Attempts::default());
        let outer = Outer::start(log.clone(), attempts).await.expect("starts in the third attempt");
        assert_eq!(log.lines().join(" "), "+disk -disk ~disk +disk -disk ~disk +disk +index");
        assert_eq!(outer.handle().status().services[0].attempts, 3);
        assert!(outer.stop().await.is_clean());
    });
}
