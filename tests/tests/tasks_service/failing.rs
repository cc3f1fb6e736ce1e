//! Tasks that fail: an event and a count, or a failure of the service.

use std::pin::Pin;
use std::task::{Context, Poll};

use service_group::{
    BoxError, Service, ServiceExit, StopCause, StopContext, StopToken, TaskFailed, Tasks, service_group,
};
use service_group_tests::{Events, paused};
use tokio::time::timeout;
use tracing::subscriber::with_default;

use super::{App, ms, settle, status};

#[service_group]
struct Strict {
    #[service(start = Tasks::new().ends_group())]
    jobs: Tasks,
}

#[test]
fn a_task_that_fails_is_an_event_and_a_count() {
    let events = Events::default();
    with_default(events.clone(), || {
        paused(async {
            let app = App::start().await.expect("starts");
            app.jobs.spawn("send mail", async |_| Err("refused")).expect("it runs");
            app.jobs.spawn("divide", async |_| assert_eq!(1, 2, "unequal")).expect("it runs");
            let parse = async |_| {
                let _: u8 = "x".parse()?;
                Ok(())
            };
            app.jobs.try_spawn("parse", parse).expect("it runs");
            timeout(ms(10_000), app.stop_requested()).await.expect_err("the group goes on");
            let stats = status(&app.handle()).stats.expect("it has statistics");
            assert_eq!((stats.tasks, stats.failed), (0, 3));
            let report = app.stop().await;
            assert!(report.is_clean());
            assert!(format!("{report:#}").ends_with(" graceful, 3 tasks failed"), "{report:#}");
        });
    });
    let failed: Vec<_> =
        events.lines().into_iter().filter(|line| line.starts_with("message=task failed")).collect();
    let unequal = "panicked: assertion `left == right` failed: unequal";
    assert_eq!(failed[0], r#"message=task failed service="jobs" task="send mail" error=refused"#);
    assert!(
        failed[1]
            .starts_with(&format!(r#"message=task failed service="jobs" task="divide" error={unequal}"#))
    );
    assert_eq!(failed.len(), 3, "{failed:#?}");
}

#[test]
fn a_task_that_fails_can_be_a_failure_of_the_service() {
    paused(async {
        let app = Strict::start().await.expect("starts");
        app.jobs.spawn("short", async |_| ()).expect("it runs");
        app.jobs.spawn("send mail", async |_| Err("refused")).expect("it runs");
        let StopCause::Failed { service, error, .. } = app.stop_requested().await else { panic!("it fails") };
        assert_eq!((&*service, &*format!("{error:#}")), ("jobs", "`send mail` failed: refused"));
        assert_eq!(error.downcast_ref::<TaskFailed>().expect("it is that error").task(), "send mail");
        let report = app.stop().await;
        let expected = "`Strict` stopped in 0 µs of 25 s because `jobs` failed: `send mail` failed: refused";
        assert_eq!(report.to_string().lines().next(), Some(expected));
        assert!(
            report.to_string().ends_with("failed: `send mail` failed: refused, 1 task failed"),
            "{report}"
        );
    });
}

/// One that fails after it was told to stop fails the stop.
#[test]
fn a_failure_in_the_stop_is_one_of_the_service() {
    let fails = async |stop: StopToken| {
        drop(stop.requested().await);
        Err("half of it was written")
    };
    paused(async {
        let jobs = Tasks::new().ends_group();
        jobs.spawn("write", fails).expect("it runs");
        let error = jobs.stop(StopContext::within(ms(1_000))).await.expect_err("fails");
        assert_eq!(error.to_string(), "`write` failed");

        let (jobs, context) = (Tasks::new(), StopContext::within(ms(1_000)));
        jobs.spawn("write", fails).expect("it runs");
        jobs.stop(context.clone()).await.expect("a failure is counted");
        assert_eq!(context.take_details().len(), 1);
    });
}

#[test]
fn a_task_can_request_the_stop_of_the_group() {
    paused(async {
        let app = App::start().await.expect("starts");
        app.jobs.spawn("last order", async |_| ServiceExit::StopGroup).expect("it runs");
        let cause = app.stop_requested().await;
        assert!(matches!(cause, StopCause::Ended { service, .. } if service == "jobs"));
        assert!(app.stop().await.is_clean());
    });
}

/// The closure runs on the thread of the caller: its panic is that of the caller, and leaves no task behind.
#[test]
fn a_closure_that_panics_leaves_no_task_behind() {
    fn panics(_: StopToken) -> std::future::Ready<()> {
        panic!("no future")
    }
    paused(async {
        let app = App::start().await.expect("starts");
        let jobs = app.jobs.clone();
        tokio::spawn(async move { jobs.spawn("panics", panics) }).await.expect_err("it panics");
        assert_eq!(status(&app.handle()).stats.expect("it has statistics").tasks, 0);
        assert!(app.stop().await.is_clean());
    });
}

/// A future whose drop panics after its end.
struct PanicsAtDrop;

impl Future for PanicsAtDrop {
    type Output = Result<(), BoxError>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(Ok(()))
    }
}

impl Drop for PanicsAtDrop {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

#[test]
fn a_panic_in_the_drop_of_a_task_is_a_failure_of_it() {
    paused(async {
        let app = App::start().await.expect("starts");
        app.jobs.spawn("panics", |_| PanicsAtDrop).expect("it runs");
        settle().await;
        let stats = status(&app.handle()).stats.expect("it has statistics");
        assert_eq!((stats.tasks, stats.failed), (0, 1));
        assert!(app.stop().await.is_clean());
    });
}
