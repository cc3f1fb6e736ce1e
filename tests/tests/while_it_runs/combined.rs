//! How the features meet.

use service_group::{BoxError, Running, Service, ServiceExit, StopContext, service_group};
use service_group_tests::{Log, Probe, paused};
use tokio::time::{Instant, sleep};

use super::{Scripted, ms};

#[service_group]
struct App {
    log: Log,
    script: Scripted,
    #[service(start = Err("no database in a test")?, stop = drop(store), check = store.call("store").await, reload = store.call("reload").await, retry)]
    store: Scripted,
    #[service(start = { let _ = store; Probe::new("gateway", log) })]
    gateway: Probe,
}

/// A value in place of a start has the check and the reload of its field.
#[test]
fn a_replaced_service_is_checked_and_reloaded() {
    paused(async {
        let log = Log::default();
        let fake = Scripted::new(&log);
        let runner = App::runner(log.clone(), fake.clone());
        let app = runner.replace(App::KEYS.store, fake.clone()).start().await.expect("starts");
        fake.set_fails(true);
        assert!(!app.handle().check().await.is_ready());
        fake.set_fails(false);
        assert!(app.handle().reload().await.is_success());
        assert_eq!(fake.calls(), 2);
        assert!(app.stop().await.is_clean());
    });
}

/// A service that fails after a while, and can be cloned.
#[derive(Debug, Clone)]
struct Flaky(Scripted);

impl Service for Flaky {
    #[expect(clippy::manual_async_fn, reason = "it would borrow the service")]
    fn finished(&self) -> impl Future<Output = ServiceExit> + Send + 'static {
        async {
            sleep(ms(100)).await;
            ServiceExit::Failed("connection lost".into())
        }
    }

    async fn stop(self, _: StopContext) -> Result<(), BoxError> {
        Ok(())
    }
}

#[service_group]
struct MayFail {
    script: Scripted,
    #[service(
        start = Flaky(script.clone()),
        check = flaky.0.call("check").await,
        reload = flaky.0.call("reload").await,
        may_fail
    )]
    flaky: Flaky,
}

/// After a service has ended, neither its check nor its reload runs.
#[test]
fn a_service_that_has_failed_is_neither_checked_nor_reloaded() {
    paused(async {
        let script = Scripted::new(&Log::default());
        script.set_fails(true);
        let app = MayFail::start(script.clone()).await.expect("starts");
        assert_eq!(app.handle().check().await.failures.len(), 1);
        sleep(ms(200)).await;
        let calls = script.calls();
        assert!(app.handle().check().await.failures.is_empty());
        assert_eq!(app.handle().reload().await.to_string(), "no service has a `reload`");
        assert_eq!(script.calls(), calls);
        assert_eq!(app.handle().status().degraded(), ["flaky"]);
        assert!(app.stop().await.is_clean());
    });
}

#[service_group]
struct Inner {
    script: Scripted,
    #[service(start = script.clone(), stop = drop(index), check = index.call("check").await, reload = index.call("reload").await)]
    index: Scripted,
}

#[service_group]
struct Outer {
    script: Scripted,
    #[service(start = Inner::start(script.clone()).await?, may_fail)]
    inner: Running<Inner>,
}

/// What fails inside a group that may fail makes it degraded, not unready. A stop in the middle ends all of it at once.
#[test]
fn a_nested_group_that_may_fail_with_a_check_and_a_reload_under_way() {
    paused(async {
        let script = Scripted::new(&Log::default());
        let app = Outer::start(script.clone()).await.expect("starts");
        let group = app.handle();
        script.set_fails(true);
        let report = group.check().await;
        assert!(report.is_ready() && group.is_ready(), "{report}");
        assert!(!app.inner.handle().is_ready(), "the nested group itself is not ready");
        script.set_takes(std::time::Duration::MAX);
        let (check, reload) = (tokio::spawn(group.check()), tokio::spawn(group.reload()));
        sleep(ms(10)).await;
        let begun = Instant::now();
        let report = app.stop().await;
        assert!(report.is_clean(), "{report}");
        assert_eq!(begun.elapsed(), ms(0));
        assert!(reload.await.expect("no panic").is_interrupted);
        drop(check.await.expect("no panic"));
    });
}
