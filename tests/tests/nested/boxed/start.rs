//! The start of a box: what fails or is cancelled in it, and what is guaranteed more than a box.

use std::future::pending;
use std::time::Duration;

use service_group::{BoxError, BoxService, GroupHandle, Service, StopContext, Task, service_group};
use service_group_tests::{Log, Probe, paused};
use tokio::time::{Instant, sleep};

use super::{Boxed, Slow};
use crate::{Inner, Storage, ms};

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
