//! `BoxService`: its window, and what passes through the box. A group in it is nested like any other.

use std::future::{pending, ready};
use std::time::Duration;

use service_group::{
    BoxError, BoxService, GroupHandle, GroupPhase, Running, Service, ServiceContext, ServiceExit, StopCause,
    StopContext, StopOutcome, Task, Tasks, service_group,
};
use service_group_tests::{Fails, Log, Probe, paused};
use tokio::time::{Instant, sleep};

use crate::{Inner, Storage, ms};

/// As `App`, with the storage in a box: the storage needs 5 s, which is what a box has.
#[service_group(stop_within = "12s", lame_duck = "1s")]
struct Boxed {
    log: Log,
    inner: Inner,
    #[service(start = Probe::new("base", log))]
    base: Probe,
    #[service(start = { let _ = base; Some(BoxService::new(Storage::start(log.clone(), *inner).await?)) })]
    storage: Option<BoxService>,
    #[service(start = { let _ = storage; Probe::new("gateway", log).stopping_for(100) }, stop_within = "1s")]
    gateway: Probe,
}

async fn start(log: &Log, inner: Inner) -> Running<Boxed> {
    let runner = Boxed::runner(log.clone(), inner).lame_duck(Boxed::PLAN.lame_duck());
    runner.start().await.expect("starts")
}

#[test]
fn a_box_has_five_seconds_or_the_window_of_its_field() {
    #[service_group]
    #[allow(dead_code, reason = "it is never started")]
    struct Windows {
        #[service(start = BoxService::new(Task::spawn(async |_| ())))]
        default: BoxService,
        #[service(start = BoxService::new(Task::spawn(async |_| ())), stop_within = "8s", after(default))]
        longer: BoxService,
    }
    let windows = Windows::PLAN.services().iter().map(|service| service.window().guaranteed());
    assert_eq!(windows.collect::<Vec<_>>(), [ms(5_000), ms(8_000)]);
    assert_eq!(Windows::PLAN.slowest_stop(), ms(13_000));
}

#[test]
fn a_group_in_a_box_stops_in_its_place_and_reports() {
    paused(async {
        let log = Log::default();
        let running = start(&log, Inner::Works).await;
        let group = running.handle();
        let inner = || {
            let status = group.status();
            status.service("storage").and_then(|storage| storage.nested.clone()).expect("it is shown")
        };
        assert_eq!((inner().group_name, inner().phase), ("Storage", GroupPhase::Running));
        let report = running.stop().await;
        let expected = "+base +wal +index +gateway -gateway ~gateway -index ~index -wal ~wal -base ~base";
        assert_eq!(log.lines().join(" "), expected);
        assert_eq!(inner().phase, GroupPhase::Stopped);
        let nested = report.service("storage").and_then(|storage| storage.nested()).expect("has its report");
        assert_eq!((nested.stop_duration, nested.stop_within), (ms(200), ms(5_900)));
        assert!(report.is_clean(), "{report}");
    });
}

#[test]
fn a_hang_in_a_box_takes_no_more_than_its_window() {
    paused(async {
        let log = Log::default();
        let report = start(&log, Inner::HangsInStop).await.stop().await;
        assert!(log.text().ends_with("~index, -wal, ~wal, -base, ~base"), "{}", log.text());
        assert_eq!(report.stop_duration, ms(4_300), "{report}");
        let storage = report.service("storage").expect("reported");
        assert!(matches!(storage.outcome, StopOutcome::Forced), "{report}");
    });
}

/// A service whose stop takes so long, and which notes when it is forced.
struct Slow(Duration, Log);

impl Service for Slow {
    const STOP_WITHIN: Duration = Duration::from_secs(4);

    async fn stop(self, context: StopContext) -> Result<(), BoxError> {
        tokio::select! {
            () = sleep(self.0) => self.1.time("stopped"),
            () = context.forced() => {
                self.1.time("forced");
                pending::<()>().await;
            }
        }
        Ok(())
    }
}

/// A group in a box ends its services itself, and reports, although it uses its window to the end. Other boxes are forced at
/// 4.5 s, and it is not: each service inside has its own force.
#[test]
fn a_group_in_a_box_may_use_its_whole_window() {
    #[service_group]
    struct Slowly {
        log: Log,
        last_takes: Duration,
        #[service(start = Slow(*last_takes, log.clone()))]
        last: Slow,
        #[service(start = { let _ = last; Slow(ms(800), log.clone()) }, stop_within = "1s")]
        first_to_stop: Slow,
    }
    #[service_group(stop_within = "5s")]
    struct Outer {
        log: Log,
        last: Duration,
        #[service(start = Box::new(BoxService::new(Slowly::start(log.clone(), *last).await?)))]
        slowly: Box<BoxService>,
    }
    paused(async {
        let log = Log::default();
        let report = Outer::start(log.clone(), ms(3_750)).await.expect("starts").stop().await;
        assert!(report.is_clean(), "{report}");
        assert_eq!(log.text(), "stopped at 800, stopped at 4550");

        let log = Log::default();
        let report = Outer::start(log.clone(), ms(9_000)).await.expect("starts").stop().await;
        let nested = report.service("slowly").and_then(|slowly| slowly.nested()).expect("has its report");
        let outcome = |name| nested.service(name).expect("reported").outcome.to_string();
        assert_eq!(
            (outcome("first_to_stop"), outcome("last")),
            ("graceful".to_owned(), "aborted".to_owned())
        );
        assert_eq!(report.stop_duration, ms(5_000), "{report}");
    });
}

/// A second signal does not cut the window of the group, but those of the services in it.
#[test]
fn a_force_passes_into_a_box() {
    paused(async {
        let log = Log::default();
        let running = start(&log, Inner::HangsInStop).await;
        let group = running.handle();
        group.force_stop();
        let report = running.stop().await;
        assert!(log.text().ends_with("~index, -wal, ~wal, -base, ~base"), "{}", log.text());
        let storage = report.service("storage").expect("reported");
        let nested = storage.nested().expect("has its report");
        assert_eq!(nested.service("index").expect("reported").outcome.to_string(), "aborted");
        assert!(storage.window > ms(4_900), "{report}");
    });
}

#[test]
fn a_failed_start_in_a_box_rolls_both_back() {
    paused(async {
        let log = Log::default();
        let error = Boxed::start(log.clone(), Inner::FailsInStart).await.map(drop).expect_err("index fails");
        assert_eq!(
            format!("{error:#}"),
            "`storage` (needed by `gateway`) did not start: `index` did not start: index is corrupt"
        );
        assert_eq!(log.text(), "+base, +wal, -wal, ~wal, -base, ~base");
    });
}

/// Requests a stop after 300 ms.
fn request(group: GroupHandle) -> Task {
    Task::spawn(|_| async move {
        sleep(ms(300)).await;
        group.request_stop();
    })
}

#[test]
fn a_cancelled_start_in_a_box_stops_what_it_had_started() {
    #[service_group(stop_within = "30s")]
    struct Cancelled {
        log: Log,
        #[group]
        group: GroupHandle,
        #[service(start = Probe::new("base", log))]
        base: Probe,
        #[service(start = {
            let _ = base;
            BoxService::new(Storage::start(log.clone(), Inner::HangsInStart).await?)
        })]
        storage: BoxService,
        #[service(start = request(group.clone()))]
        request: Task,
    }
    paused(async {
        let (log, begun) = (Log::default(), Instant::now());
        let error = Cancelled::start(log.clone()).await.map(drop).expect_err("the start is cancelled");
        assert_eq!(log.text(), "+base, +wal, -wal, ~wal, -base, ~base");
        assert_eq!(begun.elapsed(), ms(500));
        let report = error.report().expect("reported").to_string();
        assert!(report.contains("did not start: the start of `Storage` was given up on request"), "{report}");
    });
}

/// A start in which no group has begun to start ends at once, as that of any other service. The group that failed before
/// does not count.
#[test]
fn a_cancelled_start_without_a_group_ends_at_once() {
    #[service_group(stop_within = "30s")]
    struct Cancelled {
        log: Log,
        tries: bool,
        #[group]
        group: GroupHandle,
        #[service(start = hang(*tries, log.clone()).await)]
        boxed: BoxService,
        #[service(start = request(group.clone()))]
        request: Task,
    }
    async fn hang(tries: bool, log: Log) -> BoxService {
        if tries {
            Storage::start(log, Inner::FailsInStart).await.map(drop).expect_err("index fails");
        }
        pending().await
    }
    paused(async {
        for tries in [false, true] {
            let begun = Instant::now();
            let error = Cancelled::start(Log::default(), tries).await.map(drop).expect_err("is cancelled");
            let wal = if tries { 200 } else { 0 };
            assert_eq!(begun.elapsed(), ms(300.max(wal)), "{error}");
            let report = error.report().expect("reported").to_string();
            assert!(report.contains("its start was interrupted after 300 ms"), "{report}");
        }
    });
}

/// A service of which a group was tried first is no group.
#[test]
fn a_service_in_place_of_a_group_is_forced_like_any_other() {
    #[service_group]
    struct Fallback {
        log: Log,
        #[service(start = fall_back(log.clone()).await)]
        boxed: BoxService,
    }
    async fn fall_back(log: Log) -> BoxService {
        match Storage::start(Log::default(), Inner::FailsInStart).await {
            Ok(storage) => BoxService::new(storage),
            Err(_) => BoxService::new(Slow(Duration::MAX, log)),
        }
    }
    paused(async {
        let log = Log::default();
        let running = Fallback::start(log.clone()).await.expect("starts");
        assert!(running.handle().status().services[0].nested.is_none());
        let report = running.stop().await;
        assert_eq!(report.services[0].outcome.to_string(), "aborted");
        assert_eq!(report.services[0].window, report.services[0].stop_duration, "no grace of a group");
        assert!(log.text().starts_with("forced at "), "{}", log.text());
    });
}

/// A service that is guaranteed more than a box.
struct Long(Probe);

impl Service for Long {
    const STOP_WITHIN: Duration = Duration::from_secs(20);

    async fn stop(self, context: StopContext) -> Result<(), BoxError> {
        context.detail("a detail");
        self.0.stop(context).await
    }
}

#[test]
fn a_service_that_is_guaranteed_more_does_not_start() {
    #[service_group]
    struct Short {
        log: Log,
        #[service(start = Probe::new("base", log))]
        base: Probe,
        #[service(start = { let _ = base; BoxService::new(Long(Probe::new("long", log))) })]
        long: BoxService,
    }
    #[service_group]
    struct Capped {
        log: Log,
        #[service(start = BoxService::new(Long(Probe::new("long", log))), stop_within = "2s")]
        long: BoxService,
    }
    paused(async {
        let log = Log::default();
        let error = Short::start(log.clone()).await.map(drop).expect_err("20 s are more than 5 s");
        assert_eq!(
            format!("{error:#}"),
            "`long` did not start: the service in the `BoxService` needs 20s to stop, and its field has 5s; \
             write `stop_within = \"20s\"`"
        );
        assert_eq!(log.text(), "+base, +long, -long, ~long, -base, ~base", "the value is stopped");
        // The field decides, as it does for the type itself.
        let report = Capped::start(log.clone()).await.expect("starts").stop().await;
        assert!(format!("{report:#}").ends_with("graceful, a detail"), "{report:#}");
    });
}

#[test]
fn a_group_that_needs_more_does_not_start() {
    #[service_group]
    struct Needs {
        log: Log,
        #[service(start = Probe::new("six", log), stop_within = "6s")]
        six: Probe,
    }
    #[service_group]
    struct Short {
        log: Log,
        #[service(start = BoxService::new(Needs::start(log.clone()).await?))]
        needs: BoxService,
    }
    #[service_group]
    struct Capped {
        log: Log,
        #[service(start = BoxService::new(Needs::start(log.clone()).await?), stop_within = "5900ms")]
        needs: BoxService,
    }
    #[service_group]
    struct Enough {
        log: Log,
        #[service(start = BoxService::new(Needs::start(log.clone()).await?), stop_within = "6s")]
        needs: BoxService,
    }
    paused(async {
        let log = Log::default();
        let errors = [
            Short::start(log.clone()).await.map(drop).expect_err("6 s are more than 5 s"),
            Capped::start(log.clone()).await.map(drop).expect_err("6 s are more than 5.9 s"),
        ];
        for (error, given) in errors.iter().zip(["5s", "5.9s"]) {
            let expected = format!(
                "`needs` did not start: the group `Needs` in the `BoxService` needs 6s to stop, and its field \
                 has {given}; write `stop_within = \"6s\"`"
            );
            assert_eq!(format!("{error:#}"), expected);
        }
        assert_eq!(log.text(), "+six, -six, ~six, +six, -six, ~six");
        assert!(Enough::start(log).await.expect("starts").stop().await.is_clean());
    });
}

/// The end, the numbers and the details of the service in the box are those of the field. A box may be in a box.
#[test]
fn what_a_service_shows_passes_through_the_box() {
    struct Shows(Log);
    impl Service for Shows {
        fn joined(&self, context: &ServiceContext) {
            self.0.note(context.name());
        }

        async fn stop(self, context: StopContext) -> Result<(), BoxError> {
            context.detail("closed");
            Err("not flushed".into())
        }
    }
    #[service_group]
    struct Shown {
        log: Log,
        #[service(start = Some(BoxService::new(BoxService::new(Tasks::new()))))]
        jobs: Option<BoxService>,
        #[service(start = BoxService::new(Fails(ms(700))))]
        fails: BoxService,
        #[service(start = BoxService::new(Shows(log.clone())))]
        shows: BoxService,
    }
    paused(async {
        let log = Log::default();
        let running = Shown::start(log.clone()).await.expect("starts");
        assert_eq!(log.text(), "shows");
        let status = running.handle().status();
        let jobs = status.service("jobs").expect("is there");
        assert_eq!(jobs.stats.as_ref().expect("it has statistics").tasks, 0);
        let cause = running.stop_requested().await;
        assert!(matches!(cause, StopCause::Failed { service, .. } if service == "fails"));
        let report = running.stop().await;
        let shows = report.service("shows").expect("reported");
        assert_eq!(shows.outcome.to_string(), "failed: not flushed");
        assert_eq!(shows.details.len(), 1);
    });
}

/// The end of a service in a box without a failure, and of a group.
#[test]
fn an_end_inside_a_box_is_that_of_the_field() {
    struct Ends;
    impl Service for Ends {
        fn finished(&self) -> impl Future<Output = ServiceExit> + Send + 'static {
            ready(ServiceExit::Done)
        }

        async fn stop(self, _: StopContext) -> Result<(), BoxError> {
            Ok(())
        }
    }
    #[service_group]
    struct Ended {
        log: Log,
        #[service(start = BoxService::new(Ends))]
        ends: BoxService,
        #[service(start = BoxService::new(Storage::start(log.clone(), Inner::FailsWhileRunning).await?))]
        storage: BoxService,
    }
    paused(async {
        let running = Ended::start(Log::default()).await.expect("starts");
        sleep(ms(50)).await;
        assert_eq!(running.handle().status().services[0].state.to_string(), "done");
        let StopCause::Failed { service, error, .. } = running.stop_requested().await else {
            panic!("fails")
        };
        assert_eq!((&*service, &*format!("{error:#}")), ("storage", "`index` failed: index lost"));
        assert_eq!(running.stop().await.services.len(), 2);
    });
}
