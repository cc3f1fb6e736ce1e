//! The stop: windows and their ends, order, lame duck, and what each service sees of it.

use std::time::Duration;

use service_group::status::ServiceState;
use service_group::{
    BoxError, GroupHandle, GroupPhase, Service, StartErrorKind, StopCause, StopContext, StopOutcome, Task,
    service_group,
};
use service_group_tests::{Fails, Log, Probe, paused};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use super::{Hangs, ms};

/// What hangs is forced and cut at its own deadline, and takes nothing from what comes after it.
#[test]
fn a_hanging_service_is_cut_at_its_own_deadline() {
    #[service_group(stop_within = "10s")]
    struct Chain {
        log: Log,
        #[service(start = Probe::new("store", log).stopping_for(4_000))]
        store: Probe,
        #[service(start = { let _ = store; Hangs(log.clone()) }, stop_within = "2s")]
        hangs: Hangs,
        #[service(start = { let _ = hangs; Probe::new("gateway", log).stopping_for(300) }, stop_within = "3s")]
        gateway: Probe,
    }
    paused(async {
        let log = Log::default();
        let report = Chain::start(log.clone()).await.expect("starts").stop().await;
        // The gateway 300 ms, the hanging one its 2 s, forced a tenth before, the store 4 s of its 5 s.
        assert_eq!(report.stop_duration, ms(6_300), "{report}");
        assert_eq!(log.text(), "+store, +gateway, -gateway, ~gateway, forced at 2100, -store, ~store");
        assert!(matches!(report.service("hangs").expect("reported").outcome, StopOutcome::Aborted));
        assert!(matches!(report.service("store").expect("reported").outcome, StopOutcome::Graceful));
        assert_eq!(report.service("store").expect("reported").waited_for.as_deref(), Some("hangs"));
        let text = report.to_string();
        assert!(
            text.starts_with("`Chain` stopped in 6.30 s of 10 s on request: `hangs` aborted\n"),
            "{text}"
        );
    });
}

/// Nothing to wait for, no floor: on the paused clock no time passes at all.
#[test]
fn nothing_to_do_takes_no_time() {
    #[service_group(lame_duck = "0s")]
    struct Idle {
        log: Log,
        #[service(start = Probe::new("one", log))]
        one: Probe,
        #[service(start = { let _ = one; Task::spawn(|stop| async move { drop(stop.requested().await) }) })]
        two: Task,
    }
    paused(async {
        let running = Idle::start(Log::default()).await.expect("starts");
        let begun = Instant::now();
        let report = running.stop().await;
        assert_eq!(begun.elapsed(), Duration::ZERO);
        assert_eq!(report.stop_duration, Duration::ZERO);
    });
}

/// A chain of 4 levels of 2 services of 100 ms each stops in 400 ms; windows do not add up beyond the budget.
#[test]
fn independent_branches_stop_at_the_same_time() {
    #[service_group(stop_within = "20s")]
    struct Levels {
        log: Log,
        #[service(start = Probe::new("a1", log).stopping_for(100))]
        a1: Probe,
        #[service(start = Probe::new("a2", log).stopping_for(100))]
        a2: Probe,
        #[service(start = Probe::new("b1", log).stopping_for(100), after(a1, a2))]
        b1: Probe,
        #[service(start = Probe::new("b2", log).stopping_for(100), after(a1, a2))]
        b2: Probe,
        #[service(start = Probe::new("c1", log).stopping_for(100), after(b1, b2))]
        c1: Probe,
        #[service(start = Probe::new("c2", log).stopping_for(100), after(b1, b2))]
        c2: Probe,
        #[service(start = Probe::new("d1", log).stopping_for(100), after(c1, c2))]
        d1: Probe,
        #[service(start = Probe::new("d2", log).stopping_for(100), after(c1, c2))]
        d2: Probe,
    }
    paused(async {
        let report = Levels::start(Log::default()).await.expect("starts").stop().await;
        assert_eq!(report.stop_duration, ms(400));
        assert!(report.is_clean());
        let order: Vec<_> = report.services.iter().map(|service| &service.name[..1]).collect();
        assert_eq!(order.concat(), "ddccbbaa");
    });
}

/// A consumer is notified of the stop when it is requested, long before it is drained itself.
#[test]
fn a_consumer_hears_of_the_stop_before_it_is_drained() {
    #[service_group(lame_duck = "1s")]
    struct Queue {
        log: Log,
        #[group]
        group: GroupHandle,
        #[service(start = Probe::new("telemetry", log), first)]
        telemetry: Probe,
        #[service(start = consumer(group.clone(), log.clone()))]
        consumer: Task,
        #[service(start = { let _ = consumer; Probe::new("gateway", log).stopping_for(500) })]
        gateway: Probe,
    }
    fn consumer(group: GroupHandle, log: Log) -> Task {
        Task::spawn(|stop| async move {
            group.stop_requested().await;
            log.time("takes no new work");
            stop.requested().await;
            log.time("drained");
        })
    }
    paused(async {
        let log = Log::default();
        let report = Queue::runner(log.clone())
            .lame_duck(Queue::PLAN.lame_duck())
            .start()
            .await
            .expect("starts")
            .stop()
            .await;
        assert_eq!(report.lame_duck, ms(1_000));
        let expected = "+telemetry, +gateway, takes no new work at 0, -gateway, ~gateway, drained at 1500, \
                        -telemetry, ~telemetry";
        assert_eq!(log.text(), expected);
    });
}

/// The lame duck: everything goes on, the group is not ready, and a failure meanwhile does not shorten it.
#[test]
fn during_the_lame_duck_everything_goes_on() {
    #[service_group(stop_within = "12s", lame_duck = "2s")]
    struct Duck {
        #[group]
        group: GroupHandle,
        #[service(start = Fails(ms(1_500)), stop_within = "1s")]
        fails: Fails,
    }
    paused(async {
        let running = Duck::runner().lame_duck(Duck::PLAN.lame_duck()).start().await.expect("starts");
        let handle = running.handle();
        sleep(ms(500)).await;
        let stop = tokio::spawn(running.stop());
        sleep(ms(1_900)).await;
        assert!(!handle.is_ready());
        assert_eq!(handle.phase(), GroupPhase::LameDuck);
        assert_eq!(handle.status().services[0].state, ServiceState::Failed);
        let report = stop.await.expect("stops");
        assert_eq!(report.stop_duration, ms(2_000));
        assert!(matches!(report.cause, StopCause::Requested), "the first cause counts");
        assert_eq!(report.service("fails").expect("reported").outcome.to_string(), "failed: connection lost");
    });
}

/// A stop's details reach the report, and a service sees its window and the cause.
#[test]
fn a_service_sees_its_window_and_adds_to_the_report() {
    struct Looks(oneshot::Sender<(Duration, String)>);
    impl Service for Looks {
        async fn stop(self, stopping: StopContext) -> Result<(), BoxError> {
            stopping.detail("3 messages given back");
            let seen = (stopping.time_remaining(), stopping.cause().to_string());
            self.0.send(seen).map_err(|_| BoxError::from("the test has ended"))
        }
    }
    #[service_group(stop_within = "12s")]
    struct Looked {
        slot: std::sync::Mutex<Option<oneshot::Sender<(Duration, String)>>>,
        #[service(start = 0_u8, stop = { let _ = behind; })]
        behind: u8,
        #[service(start = { let _ = behind; Looks(slot.lock().map_err(|_| "poisoned")?.take().ok_or("taken")?) })]
        looks: Looks,
    }
    paused(async {
        let (send, receive) = oneshot::channel();
        let running = Looked::start(Some(send).into()).await.expect("starts");
        let report = running.stop().await;
        // It has no cap: it has all but the five seconds guaranteed to the service after it.
        assert_eq!(receive.await.expect("looked"), (ms(7_000), "on request".to_owned()));
        assert!(format!("{report:#}").contains("3 messages given back"), "{report:#}");
    });
}

/// As long as it gets is not too long for a clock.
#[test]
fn durations_without_end_are_taken_as_far_away() {
    #[service_group]
    struct Plain {
        #[service(start = (), stop = drop(service))]
        service: (),
    }
    paused(async {
        let runner = Plain::runner().stop_within(Duration::MAX).lame_duck(Duration::MAX);
        assert!(runner.plan().to_string().contains("service"));
        let error = runner.start().await.expect_err("nothing is left to stop in");
        assert!(matches!(error.kind(), StartErrorKind::BudgetExceeded(_)), "{error}");
        let stopping = StopContext::within(Duration::MAX);
        assert!(stopping.time_remaining() > Duration::from_secs(1_000_000));
    });
}

/// The lame duck of the plan is for a process with a load balancer in front of it. A test that starts the group does not wait for it.
#[test]
fn a_started_group_has_no_lame_duck_unless_its_runner_sets_one() {
    #[service_group(stop_within = "12s", lame_duck = "2s")]
    struct Duck {
        log: Log,
        #[service(start = Probe::new("store", log))]
        store: Probe,
    }
    paused(async {
        let report = Duck::start(Log::default()).await.expect("starts").stop().await;
        assert_eq!((report.lame_duck, report.stop_duration), (Duration::ZERO, Duration::ZERO));
        let runner = Duck::runner(Log::default()).lame_duck(ms(500));
        let report = runner.start().await.expect("starts").stop().await;
        assert_eq!((report.lame_duck, report.stop_duration), (ms(500), ms(500)));
    });
}
