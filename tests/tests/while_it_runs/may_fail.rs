//! `may_fail`: failures that the group survives.

use std::future::pending;
use std::time::Duration;

use service_group::{BoxError, Running, Service, StopContext, StopOutcome, Task, service_group};
use service_group_tests::{Fails, Log, Probe, paused};
use tokio::time::sleep;

use super::ms;

/// Fails in its stop, panics in it, or never ends.
#[derive(Debug, Clone, Copy)]
enum Stop {
    Fails,
    Panics,
    Hangs,
}

#[derive(Debug)]
struct Stops(Stop);

impl Service for Stops {
    async fn stop(self, _: StopContext) -> Result<(), BoxError> {
        match self.0 {
            Stop::Fails => Err("disk gone".into()),
            Stop::Panics => panic!("in the stop"),
            Stop::Hangs => pending().await,
        }
    }
}

#[service_group]
struct App {
    log: Log,
    #[service(start = Fails(ms(100)), may_fail)]
    cache: Fails,
    #[service(start = Task::spawn(async |_| -> () { panic!("a bug") }), may_fail)]
    task: Task,
    #[service(start = { let _ = cache; Probe::new("gateway", log) })]
    gateway: Probe,
}

#[test]
fn the_group_goes_on_and_the_exit_code_does_not_change() {
    paused(async {
        let log = Log::default();
        let app = App::start(log).await.expect("starts");
        sleep(ms(200)).await;
        let group = app.handle();
        let status = group.status();
        assert_eq!(status.service("cache").expect("a row").state.to_string(), "failed");
        assert_eq!(status.service("task").expect("a row").state.to_string(), "failed");
        assert_eq!(status.degraded(), ["cache", "task"]);
        assert!(status.cause.is_none() && group.is_ready());
        let report = app.stop().await;
        assert!(report.is_clean(), "{report}");
        assert!(matches!(report.service("cache").expect("a row").outcome, StopOutcome::Failed(_)));
        let text = report.to_string();
        assert!(text.contains("`cache` failed: connection lost (it may fail)"), "{text}");
    });
}

#[service_group]
struct InTheStop {
    stop: Stop,
    #[service(start = Stops(*stop), may_fail, stop_within = "1s")]
    service: Stops,
}

#[test]
fn failures_in_the_stop_do_not_count_and_what_is_cut_always_does() {
    paused(async {
        for (stop, is_clean) in [(Stop::Fails, true), (Stop::Panics, true), (Stop::Hangs, false)] {
            let report = InTheStop::start(stop).await.expect("starts").stop().await;
            assert_eq!(report.is_clean(), is_clean, "{stop:?}: {report}");
        }
    });
}

#[service_group]
struct Inner {
    #[service(start = Fails(ms(100)))]
    index: Fails,
}

#[service_group]
struct Outer {
    log: Log,
    #[service(start = Inner::start().await?, may_fail)]
    inner: Running<Inner>,
    #[service(start = Probe::new("gateway", log))]
    gateway: Probe,
}

#[test]
fn a_nested_group_may_fail() {
    paused(async {
        let app = Outer::start(Log::default()).await.expect("starts");
        sleep(ms(200)).await;
        assert!(app.handle().is_ready());
        assert_eq!(app.handle().status().degraded(), ["inner"]);
        let report = app.stop().await;
        assert!(report.is_clean(), "{report}");
    });
}

#[service_group]
struct Start {
    #[service(start = Err("refused")?, may_fail)]
    service: (),
}

#[test]
fn the_start_has_to_succeed() {
    paused(async {
        assert!(Start::start().await.is_err());
    });
}

/// One that may fail and ends its group by failing does not.
#[service_group]
struct Ends {
    #[service(start = Task::spawn(async |_| Err::<(), _>("lost")).ends_group(), may_fail)]
    task: Task,
}

#[test]
fn a_failure_ends_no_group() {
    paused(async {
        let app = Ends::start().await.expect("starts");
        sleep(Duration::from_secs(1)).await;
        assert!(app.handle().is_ready());
        assert!(app.stop().await.is_clean());
    });
}
