//! `reload`: its order, errors, requests in the middle, and a stop.

use std::time::Duration;

use service_group::{Running, service_group};
use service_group_tests::{Log, Probe, paused};
use tokio::time::{Instant, sleep, timeout};

use super::{Scripted, ms};

#[service_group]
struct Storage {
    log: Log,
    script: Scripted,
    #[service(start = script.clone(), stop = drop(index), reload = index.call("index").await?)]
    index: Scripted,
}

#[service_group]
struct App {
    log: Log,
    certs_script: Scripted,
    index_script: Scripted,
    limits_script: Scripted,
    #[service(
        start = { let _ = storage; limits_script.clone() },
        stop = drop(limits),
        reload = limits.call("limits").await,
        start_within = "2s"
    )]
    limits: Scripted,
    #[service(start = { let _ = certs; Storage::start(log.clone(), index_script.clone()).await? })]
    storage: Running<Storage>,
    #[service(start = certs_script.clone(), stop = drop(certs), reload = certs.call("certs").await)]
    certs: Scripted,
    #[service(start = Probe::new("without", log))]
    without: Probe,
}

async fn started(log: &Log) -> (Running<App>, [Scripted; 3]) {
    let scripts = [Scripted::new(log), Scripted::new(log), Scripted::new(log)];
    let [certs, index, limits] = scripts.clone();
    (App::start(log.clone(), certs, index, limits).await.expect("starts"), scripts)
}

#[test]
fn services_are_reloaded_one_by_one_in_an_order_of_the_start() {
    paused(async {
        let log = Log::default();
        let (app, scripts) = started(&log).await;
        for script in &scripts {
            script.set_takes(ms(100));
        }
        let begun = Instant::now();
        let report = app.handle().reload().await;
        assert_eq!(begun.elapsed(), ms(300));
        assert_eq!(report.to_string(), "reloaded `certs`, `storage.index`, `limits`");
        assert!(report.is_success());
        let status = app.handle().status();
        assert!(!status.is_reloading);
        assert_eq!(status.last_reload.map(|reload| reload.reloaded.len()), Some(3));
        assert_eq!(log.lines().join(" "), "+without certs index limits");
        assert!(app.stop().await.is_clean());
    });
}

/// Those before keep their new state, those after are not asked, and the group goes on.
#[test]
fn an_error_ends_the_reload() {
    paused(async {
        let log = Log::default();
        let (app, [_, index, _]) = started(&log).await;
        index.set_fails(true);
        let report = app.handle().reload().await;
        assert_eq!(
            report.to_string(),
            "`storage.index` failed to reload and keeps its previous state: index is broken; \
             reloaded before: `certs`; not asked: `limits`"
        );
        assert!(!report.is_success() && app.handle().is_ready());
        assert_eq!(log.lines().join(" "), "+without certs index");
        assert!(app.stop().await.is_clean(), "no failure of the service");
    });
}

#[test]
fn a_reload_that_never_returns_ends_with_its_window() {
    paused(async {
        let log = Log::default();
        let (app, [_, _, limits]) = started(&log).await;
        limits.set_takes(Duration::MAX);
        let begun = Instant::now();
        let report = app.handle().reload().await;
        assert_eq!(begun.elapsed(), Duration::from_secs(2));
        assert!(
            report
                .to_string()
                .contains("`limits` failed to reload and keeps its previous state: no answer within 2 s"),
            "{report}"
        );
        limits.set_takes(Duration::ZERO);
        assert!(app.handle().reload().await.is_success(), "it was cancelled");
        assert!(app.stop().await.is_clean());
    });
}

#[test]
fn requests_during_a_reload_share_one_more() {
    paused(async {
        let log = Log::default();
        let (app, [certs, ..]) = started(&log).await;
        certs.set_takes(ms(100));
        let group = app.handle();
        let first = tokio::spawn(group.reload());
        sleep(ms(50)).await;
        assert!(group.status().is_reloading);
        let more: Vec<_> = (0..1000).map(|_| tokio::spawn(group.reload())).collect();
        for reload in more {
            assert!(reload.await.expect("no panic").is_success());
        }
        assert!(first.await.expect("no panic").is_success());
        assert_eq!(certs.calls(), 2);
        assert!(app.stop().await.is_clean());
    });
}

#[test]
fn a_stop_request_ends_a_reload_at_once() {
    paused(async {
        let log = Log::default();
        let (app, [_, index, _]) = started(&log).await;
        index.set_takes(Duration::MAX);
        let group = app.handle();
        let reload = tokio::spawn(group.reload());
        sleep(ms(10)).await;
        let begun = Instant::now();
        assert!(app.stop().await.is_clean());
        assert_eq!(begun.elapsed(), Duration::ZERO);
        let report = reload.await.expect("no panic");
        assert!(report.is_interrupted && !report.is_success());
        assert_eq!(
            report.to_string(),
            "a stop request ended the reload; reloaded before: `certs`; not asked: `storage.index`, `limits`"
        );
        let after = group.reload().await;
        assert!(after.is_interrupted && after.not_asked.len() == 3, "{after:?}");
    });
}

#[service_group]
struct Panics {
    #[service(start = 0_u8, stop = drop(panics), reload = { assert!(panics > 0, "it was {panics}"); })]
    panics: u8,
}

#[test]
fn a_panic_is_an_error_of_the_reload() {
    paused(async {
        let app = Panics::start().await.expect("starts");
        let report = app.handle().reload().await;
        assert_eq!(
            report.to_string(),
            "`panics` failed to reload and keeps its previous state: panicked: it was 0"
        );
        assert!(app.stop().await.is_clean());
    });
}

#[service_group]
struct Nothing {
    #[service(start = ())]
    step: (),
}

#[test]
fn without_any_reload_it_says_so() {
    paused(async {
        let app = Nothing::start().await.expect("starts");
        assert_eq!(app.handle().reload().await.to_string(), "no service has a `reload`");
        assert!(app.stop().await.is_clean());
    });
}

#[test]
fn a_reload_goes_on_if_its_future_is_dropped() {
    paused(async {
        let log = Log::default();
        let (app, [certs, ..]) = started(&log).await;
        certs.set_takes(ms(100));
        let group = app.handle();
        assert!(timeout(ms(50), group.reload()).await.is_err());
        sleep(ms(100)).await;
        let reloaded = group.status().last_reload.map(|reload| reload.reloaded.len());
        assert_eq!(reloaded, Some(3));
        assert!(app.stop().await.is_clean());
    });
}
