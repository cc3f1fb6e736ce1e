//! Starts inside a group that fail or are cancelled.

use std::future::pending;

use service_group::{
    BoxError, GroupHandle, Running, StartErrorKind, StopCause, StopOutcome, Task, service_group,
};
use service_group_tests::{Log, Probe, paused};
use tokio::time::{Instant, sleep};

use crate::{App, Inner, Storage, ms};

/// A failed start inside is the outer start's cause, and both roll back in order.
#[test]
fn a_failed_start_inside_rolls_both_back() {
    paused(async {
        let log = Log::default();
        let error = App::runner(log.clone(), Inner::FailsInStart)
            .lame_duck(App::PLAN.lame_duck())
            .start()
            .await
            .expect_err("index fails");
        assert_eq!(
            format!("{error:#}"),
            "`storage` (needed by `gateway`) did not start: `index` did not start: index is corrupt"
        );
        assert_eq!(log.text(), "+base, +wal, -wal, ~wal, -base, ~base");
    });
}

/// What a nested group had started when the outer start was cancelled is stopped, not only dropped.
#[test]
fn a_cancelled_start_inside_stops_what_it_had_started() {
    paused(async {
        #[service_group(stop_within = "30s")]
        struct Cancelled {
            log: Log,
            #[group]
            group: GroupHandle,
            #[service(start = Probe::new("base", log))]
            base: Probe,
            #[service(start = { let _ = base; Storage::start(log.clone(), Inner::HangsInStart).await? })]
            storage: Running<Storage>,
            #[service(start = request(group.clone()))]
            request: Task,
        }
        fn request(group: GroupHandle) -> Task {
            Task::spawn(|_| async move {
                sleep(ms(300)).await;
                group.request_stop();
            })
        }
        let (log, begun) = (Log::default(), Instant::now());
        let error = Cancelled::start(log.clone()).await.expect_err("the start is cancelled");
        assert!(matches!(error.kind(), StartErrorKind::Stopped(StopCause::Requested)), "{error}");
        assert_eq!(log.text(), "+base, +wal, -wal, ~wal, -base, ~base");
        assert_eq!(begun.elapsed(), ms(500));
        let report = error.report().expect("reported").to_string();
        assert!(report.contains("did not start: the start of `Storage` was given up on request"), "{report}");
    });
}

/// A nested group that did not start may have services that did not stop
/// well: the report and the exit code show it.
#[test]
fn an_unclean_roll_back_of_a_nested_group_is_reported() {
    async fn start(fails: bool, group: &GroupHandle) -> Result<Probe, BoxError> {
        if fails {
            return Err("the disk is gone".into());
        }
        group.request_stop();
        pending().await
    }
    #[service_group]
    struct Deep {
        fails: bool,
        outer: GroupHandle,
        #[service(start = (), stop = { let () = hangs; pending::<()>().await }, stop_within = "1s")]
        hangs: (),
        #[service(start = { let () = *hangs; start(*fails, outer).await? })]
        never: Probe,
    }
    #[service_group]
    struct Around {
        fails: bool,
        #[group]
        group: GroupHandle,
        #[service(start = Deep::start(*fails, group.clone()).await?)]
        deep: Running<Deep>,
    }
    for fails in [true, false] {
        let outcome = paused(Around::runner(fails).signals(false).run());
        let report = outcome.stop_report().expect("something had started");
        let deep = report.service("deep").expect("is a service");
        let inner = deep.nested().expect("is a group").service("hangs").expect("had started");
        assert!(matches!(inner.outcome, StopOutcome::Aborted), "{report}");
        assert_eq!((outcome.exit_code(), outcome.start_error().is_some()), (3, true), "{report}");
    }
}
