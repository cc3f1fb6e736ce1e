//! A stop that is asked for again: the force, and requests that change nothing.

use service_group::{BoxError, GroupHandle, GroupPhase, Service, StopContext, service_group};
use service_group_tests::{Log, Probe, paused};
use tokio::time::sleep;

use super::{Hangs, ms};

/// A force cuts every window, of what is under way and of what comes; nothing is skipped.
#[test]
fn a_force_cuts_every_window_and_skips_no_stop() {
    #[service_group(stop_within = "60s", lame_duck = "10s")]
    struct Forced {
        log: Log,
        #[service(start = Probe::new("store", log).stopping_for(300))]
        store: Probe,
        #[service(start = { let _ = store; Hangs(log.clone()) })]
        two: Hangs,
        #[service(start = { let _ = two; Hangs(log.clone()) })]
        three: Hangs,
    }
    paused(async {
        let log = Log::default();
        let running =
            Forced::runner(log.clone()).lame_duck(Forced::PLAN.lame_duck()).start().await.expect("starts");
        let handle = running.handle();
        let stop = tokio::spawn(running.stop());
        sleep(ms(1_000)).await;
        assert_eq!(handle.phase(), GroupPhase::LameDuck);
        handle.force_stop();
        let report = stop.await.expect("stops");
        // The lame duck ends; each of the hanging ones has half a second, the store takes its 300 ms.
        let expected = "+store, forced at 1000, forced at 1500, -store, ~store";
        assert_eq!(log.text(), expected, "{report}");
        assert_eq!(report.stop_duration, ms(2_300));
        let endings: Vec<_> = report.services.iter().map(|service| service.outcome.to_string()).collect();
        assert_eq!(endings, ["aborted", "aborted", "forced"]);
    });
}

/// A force in the middle of a stop reaches what is under way.
#[test]
fn a_force_reaches_what_is_under_way() {
    #[service_group(stop_within = "60s")]
    struct Forced {
        log: Log,
        #[service(start = Hangs(log.clone()), stop_within = "40s")]
        hangs: Hangs,
    }
    paused(async {
        let log = Log::default();
        let running =
            Forced::runner(log.clone()).lame_duck(Forced::PLAN.lame_duck()).start().await.expect("starts");
        let handle = running.handle();
        let stop = tokio::spawn(running.stop());
        sleep(ms(1_000)).await;
        handle.force_stop();
        let report = stop.await.expect("stops");
        assert_eq!(report.stop_duration, ms(1_500));
        assert_eq!(log.text(), "forced at 1000");
    });
}

/// A service that acts shortly before it is forced knows how long it has.
#[test]
fn a_service_knows_when_it_will_be_forced() {
    struct Answers(Log);

    impl Service for Answers {
        async fn stop(self, context: StopContext) -> Result<(), BoxError> {
            sleep(context.time_until_forced().saturating_sub(ms(100))).await;
            self.0.time("answered");
            context.forced().await;
            self.0.time("forced");
            assert_eq!(context.time_until_forced(), ms(0));
            Ok(())
        }
    }

    #[service_group(stop_within = "60s")]
    struct Two {
        log: Log,
        #[service(start = Answers(log.clone()), stop_within = "3s")]
        short: Answers,
        #[service(start = { let _ = short; Answers(log.clone()) }, stop_within = "40s")]
        long: Answers,
    }
    paused(async {
        let log = Log::default();
        drop(Two::start(log.clone()).await.expect("starts").stop().await);
        // The lead is 500 ms of 40 s, and 300 ms of 3 s.
        let expected = "answered at 39400, forced at 39500, answered at 42100, forced at 42200";
        assert_eq!(log.text(), expected);
    });
}

/// Requests from several sides at once: one stop, each service once.
#[test]
fn many_requests_are_one_stop() {
    #[service_group]
    struct One {
        log: Log,
        #[service(start = Probe::new("one", log).stopping_for(50))]
        one: Probe,
    }
    paused(async {
        let log = Log::default();
        let running = One::start(log.clone()).await.expect("starts");
        let handles: Vec<_> = (0..8).map(|_| running.handle()).collect();
        let firsts = handles.iter().map(GroupHandle::request_stop).filter(|first| *first).count();
        assert_eq!(firsts, 1);
        running.stop_requested().await;
        running.stop_requested().await;
        let stop = tokio::spawn(running.stop());
        assert!(!handles.iter().any(GroupHandle::request_stop));
        assert!(stop.await.expect("stops").is_clean());
        assert_eq!(log.text(), "+one, -one, ~one");
        assert_eq!(handles[0].phase(), GroupPhase::Stopped);
    });
}
