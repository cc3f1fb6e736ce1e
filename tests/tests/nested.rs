//! A group inside a group keeps its order and its budget, starts and fails as one service, and two groups in one
//! process know nothing of each other.

use std::future::pending;
use std::time::Duration;

use service_group::status::{ServiceState, ServiceStatus};
use service_group::{
    BoxError, Changes, GroupHandle, GroupPhase, Running, Service, StartErrorKind, StopCause, StopContext,
    StopOutcome, Task, service_group,
};
use service_group_tests::{Log, Probe, paused};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep, timeout};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// How the second service of the inner group behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inner {
    Works,
    HangsInStart,
    FailsInStart,
    HangsInStop,
    FailsWhileRunning,
    EndsGroup,
}

/// Starts and stops as it is told.
#[derive(Debug)]
struct Index(Inner, Probe);

impl Index {
    async fn open(inner: Inner, log: &Log) -> Result<Self, BoxError> {
        match inner {
            Inner::HangsInStart => pending().await,
            Inner::FailsInStart => Err("index is corrupt".into()),
            _ => Ok(Self(inner, Probe::new("index", log))),
        }
    }
}

impl Service for Index {
    fn finished(&self) -> impl Future<Output = service_group::ServiceExit> + Send + 'static {
        let inner = self.0;
        async move {
            sleep(ms(100)).await;
            match inner {
                Inner::FailsWhileRunning => service_group::ServiceExit::Failed("index lost".into()),
                Inner::EndsGroup => service_group::ServiceExit::StopGroup,
                _ => pending().await,
            }
        }
    }

    async fn stop(self, stopping: StopContext) -> Result<(), BoxError> {
        if self.0 == Inner::HangsInStop {
            let Self(_, _probe) = self;
            pending::<()>().await;
        } else {
            self.1.stop(stopping).await?;
        }
        Ok(())
    }
}

#[service_group]
struct Storage {
    log: Log,
    inner: Inner,
    #[group]
    group: GroupHandle,
    #[service(start = Probe::new("wal", log).stopping_for(200), stop_within = "2s")]
    wal: Probe,
    #[service(start = { let _ = (wal, group); Index::open(*inner, log).await? }, stop_within = "3s")]
    index: Index,
}

#[service_group(stop_within = "12s", lame_duck = "1s")]
struct App {
    log: Log,
    inner: Inner,
    #[service(start = Probe::new("base", log))]
    base: Probe,
    #[service(start = { let _ = base; Storage::start(log.clone(), *inner).await? })]
    storage: Running<Storage>,
    #[service(start = { let _ = storage; Probe::new("gateway", log).stopping_for(100) }, stop_within = "1s")]
    gateway: Probe,
}

/// What a nested group needs is the slowest path of its own plan, and its own budget does not count.
#[test]
fn a_nested_group_is_guaranteed_what_it_needs() {
    let storage = App::PLAN.service("storage").expect("is there");
    assert_eq!(storage.window().guaranteed(), Duration::from_secs(5));
    assert_eq!(storage.nested().expect("is a group").name(), Storage::PLAN.name());
    assert_eq!(App::PLAN.slowest_stop(), Duration::from_secs(11));
}

#[test]
fn a_nested_group_stops_in_its_place() {
    paused(async {
        let log = Log::default();
        let running = App::runner(log.clone(), Inner::Works)
            .lame_duck(App::PLAN.lame_duck())
            .start()
            .await
            .expect("starts");
        let inner = running.storage.handle();
        assert!(inner.is_ready());
        let stop = tokio::spawn(running.stop());
        sleep(ms(500)).await;
        assert!(
            !inner.is_ready(),
            "the lame duck is the outer group's, and the inner one is not ready either"
        );
        assert_eq!(inner.phase(), GroupPhase::Running);
        let report = stop.await.expect("stops");
        let expected = "+base +wal +index +gateway -gateway ~gateway -index ~index -wal ~wal -base ~base";
        assert_eq!(log.lines().join(" "), expected);
        assert_eq!(report.stop_duration, ms(1_300));
        let nested = report.service("storage").and_then(|storage| storage.nested()).expect("has its report");
        assert_eq!(nested.stop_duration, ms(200));
        assert_eq!(
            nested.stop_within,
            ms(5_900),
            "the budget less what is guaranteed behind it, from when it was asked"
        );
        assert!(report.is_clean(), "{report}");
    });
}

/// Stuck inside: cut at the window's end inside, the rest of the inner group and of the outer one still stops.
#[test]
fn a_hang_inside_takes_no_more_than_its_window() {
    paused(async {
        let log = Log::default();
        let report = App::runner(log.clone(), Inner::HangsInStop)
            .lame_duck(App::PLAN.lame_duck())
            .start()
            .await
            .expect("starts")
            .stop()
            .await;
        assert!(log.text().ends_with("~index, -wal, ~wal, -base, ~base"), "{}", log.text());
        // Lame duck, gateway, the hanging index its 3 s, the log 200 ms.
        assert_eq!(report.stop_duration, ms(4_300), "{report}");
        assert!(
            matches!(report.service("storage").expect("reported").outcome, StopOutcome::Forced),
            "{report}"
        );
        assert!(!report.is_clean());
    });
}

/// What hangs last inside is cut at the very end of the outer window, and the inner group still reports.
#[test]
fn the_last_one_inside_may_hang_to_the_end_of_the_window() {
    struct Hangs;
    impl Service for Hangs {
        async fn stop(self, _stopping: StopContext) -> Result<(), BoxError> {
            pending().await
        }
    }
    #[service_group]
    struct Inner {
        #[service(start = Hangs)]
        hangs: Hangs,
    }
    #[service_group]
    struct Outer {
        #[service(start = Inner::start().await?, stop_within = "7s")]
        inner: Running<Inner>,
    }
    paused(async {
        let report = Outer::start().await.expect("starts").stop().await;
        assert_eq!(report.stop_duration, ms(7_000), "{report}");
        let nested = report.service("inner").and_then(|inner| inner.nested()).expect("has its report");
        assert!(
            matches!(nested.service("hangs").expect("reported").outcome, StopOutcome::Aborted),
            "{report}"
        );
    });
}

/// Who looks at the outer group sees what is stuck inside, and hears of changes there, from its start on.
#[test]
fn the_inner_group_is_seen_in_the_status_of_the_outer_one() {
    #[service_group]
    struct Seen {
        log: Log,
        tell: UnboundedSender<GroupHandle>,
        #[group]
        group: GroupHandle,
        #[service(start = { let _ = tell.send(group.clone()); Storage::start(log.clone(), Inner::HangsInStop).await? })]
        storage: Running<Storage>,
    }
    async fn change(changes: &mut Changes) {
        timeout(ms(60_000), changes.next()).await.expect("a change is reported").expect("the group lives");
    }
    fn inside(group: &GroupHandle) -> Vec<ServiceStatus> {
        let status = group.status().services.remove(0);
        status.nested.expect("is a group").services
    }
    paused(async {
        let (tell, mut told) = unbounded_channel();
        let start = tokio::spawn(Seen::start(Log::default(), tell));
        let group = told.recv().await.expect("starts");
        let mut changes = group.changes();
        while inside(&group).iter().any(|service| service.state != ServiceState::Running) {
            change(&mut changes).await;
        }
        let running = start.await.expect("does not panic").expect("starts");
        let stop = tokio::spawn(running.stop());
        while inside(&group)[1].state != ServiceState::Stopping {
            change(&mut changes).await;
        }
        sleep(ms(1_000)).await;
        let status = group.status();
        assert_eq!(status.waits_for()[0].name, "storage");
        let storage = status.services[0].nested.as_deref().expect("is a group");
        assert_eq!(storage.waits_for()[0].name, "index");
        let progress = storage.services[1].stop.clone().expect("was asked");
        assert_eq!(
            (progress.elapsed, progress.remaining, progress.stop_within),
            (ms(1_000), ms(2_000), ms(3_000))
        );
        assert_eq!(storage.services[0].waits_for, ["index"]);
        // Nothing changes in the outer group then.
        while inside(&group)[0].state != ServiceState::Stopping {
            change(&mut changes).await;
        }
        let _ = stop.await.expect("stops");
        let ended: Vec<_> = inside(&group).into_iter().map(|service| service.outcome).collect();
        assert!(matches!(*ended, [Some(StopOutcome::Graceful), Some(StopOutcome::Aborted)]), "{ended:?}");
    });
}

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

/// What a nested group had started when the outer start was given up is stopped, not only dropped.
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
        let error = Cancelled::start(log.clone()).await.expect_err("given up");
        assert!(matches!(error.kind(), StartErrorKind::Stopped(StopCause::Requested)), "{error}");
        assert_eq!(log.text(), "+base, +wal, -wal, ~wal, -base, ~base");
        assert_eq!(begun.elapsed(), ms(500));
        let report = error.report().expect("reported").to_string();
        assert!(report.contains("did not start: the start of `Storage` was given up on request"), "{report}");
    });
}

/// A failure inside stops the whole, and so does a request: nothing may go on without what it uses.
#[test]
fn failures_and_requests_inside_reach_the_outermost_group() {
    paused(async {
        let running = App::runner(Log::default(), Inner::FailsWhileRunning)
            .lame_duck(App::PLAN.lame_duck())
            .start()
            .await
            .expect("starts");
        let cause = timeout(ms(200), running.stop_requested()).await.expect("fails after 100 ms");
        assert_eq!(cause.to_string(), "because `storage` failed: `index` failed: index lost");
        assert!(!running.stop().await.is_clean());

        let running = App::runner(Log::default(), Inner::EndsGroup)
            .lame_duck(App::PLAN.lame_duck())
            .start()
            .await
            .expect("starts");
        let cause = timeout(ms(200), running.stop_requested()).await.expect("ends after 100 ms");
        assert!(matches!(&cause, StopCause::Ended { service, .. } if service == "storage"), "{cause}");
        assert!(running.stop().await.is_clean());

        let running = App::runner(Log::default(), Inner::Works)
            .lame_duck(App::PLAN.lame_duck())
            .start()
            .await
            .expect("starts");
        running.storage.group.request_stop();
        assert!(!running.stop_requested().await.is_failure());
        assert!(running.stop().await.is_clean());
    });
}

/// A force from anywhere forces all: the inner group's services have their last tenth, and none is skipped.
#[test]
fn a_force_reaches_the_inner_group() {
    paused(async {
        let log = Log::default();
        let running = App::runner(log.clone(), Inner::HangsInStop)
            .lame_duck(App::PLAN.lame_duck())
            .start()
            .await
            .expect("starts");
        let inner = running.storage.handle();
        let stop = tokio::spawn(running.stop());
        sleep(ms(1_500)).await;
        inner.force_stop();
        let report = stop.await.expect("stops");
        assert!(log.text().ends_with("~index, -wal, ~wal, -base, ~base"), "{}", log.text());
        // Forced at 1500: the index has a tenth of its 3 s, the log a tenth of its 2 s.
        assert_eq!(report.stop_duration, ms(2_000), "{report}");
    });
}

/// A nested group that did not start may have services that did not stop well: that is in the report, and in the exit code.
#[test]
fn an_unclean_roll_back_of_a_nested_group_is_told() {
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

/// A group is dropped inside a group: in stop order, through both.
#[test]
fn a_dropped_group_drops_the_inner_one_in_order() {
    paused(async {
        let log = Log::default();
        drop(
            App::runner(log.clone(), Inner::Works)
                .lame_duck(App::PLAN.lame_duck())
                .start()
                .await
                .expect("starts"),
        );
        assert!(log.text().ends_with("~gateway, ~index, ~wal, ~base"), "{}", log.text());
    });
}

/// Two groups in one process stop independently.
#[test]
fn two_groups_know_nothing_of_each_other() {
    paused(async {
        let (first, second) = (Log::default(), Log::default());
        let one = App::runner(first.clone(), Inner::Works)
            .lame_duck(App::PLAN.lame_duck())
            .start()
            .await
            .expect("starts");
        let two = App::runner(second.clone(), Inner::Works)
            .lame_duck(App::PLAN.lame_duck())
            .start()
            .await
            .expect("starts");
        one.handle().request_stop();
        assert!(one.stop().await.is_clean());
        assert_eq!(two.handle().phase(), GroupPhase::Running);
        assert!(two.handle().is_ready());
        assert_eq!(second.lines().len(), 4, "nothing of it was touched");
        assert!(two.stop().await.is_clean());
    });
}
