//! The stop when it does not go as hoped: hangs, errors, panics, force, dropped futures, blocked threads.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use service_group::{
    BoxError, Ending, GroupHandle, Phase, Service, ServiceState, StartErrorKind, StopCause, Stopping, Task,
    Worker, service_group,
};
use service_group_tests::{Fails, Log, Probe, paused};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A service whose stop never ends; it writes down when it is forced.
struct Hangs(Log);

impl Service for Hangs {
    async fn stop(self, stopping: Stopping) -> Result<(), BoxError> {
        stopping.forced().await;
        self.0.time("forced");
        pending().await
    }
}

/// A5, A21: what hangs is forced and cut at its own deadline, and takes nothing from what comes after it.
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
        assert_eq!(report.took, ms(6_300), "{report}");
        assert_eq!(log.text(), "+store, +gateway, -gateway, ~gateway, forced at 2100, -store, ~store");
        assert!(matches!(report.service("hangs").expect("reported").ending, Ending::Aborted));
        assert!(matches!(report.service("store").expect("reported").ending, Ending::Graceful));
        assert_eq!(report.service("store").expect("reported").waited_for, Some("hangs"));
        let text = report.to_string();
        assert!(
            text.starts_with("`Chain` stopped in 6.30 s of 10 s on request: `hangs` aborted\n"),
            "{text}"
        );
    });
}

/// A6: nothing to wait for, no floor: on the paused clock no time passes at all.
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
        assert_eq!(report.took, Duration::ZERO);
    });
}

/// A17: errors and panics of several stops are all in the report, and none stops the chain.
#[test]
fn all_errors_are_told_and_none_holds_up_the_rest() {
    #[service_group]
    struct Failing {
        log: Log,
        #[service(start = Probe::new("last", log))]
        last: Probe,
        #[service(start = 7_u8, stop = Err(format!("flush of {broken} failed")), after(last))]
        broken: u8,
        #[service(start = { let _ = broken; 1_u8 }, stop = print(panics))]
        panics: u8,
    }
    fn print(ink: u8) {
        assert!(ink > 1, "out of ink");
    }
    paused(async {
        let log = Log::default();
        let report = Failing::start(log.clone()).await.expect("starts").stop().await;
        let ending = |name| report.service(name).expect("reported").ending.to_string();
        assert_eq!(ending("panics"), "panicked: out of ink");
        assert_eq!(ending("broken"), "failed: flush of 7 failed");
        assert_eq!(ending("last"), "graceful");
        assert_eq!(log.text(), "+last, -last, ~last");
    });
}

/// A20: a chain of 4 levels of 2 services of 100 ms each stops in 400 ms; windows do not add up beyond the budget.
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
        assert_eq!(report.took, ms(400));
        assert!(report.is_clean());
        let order: Vec<_> = report.services.iter().map(|service| &service.name[..1]).collect();
        assert_eq!(order.concat(), "ddccbbaa");
    });
}

/// A22: a consumer hears of the stop when it is requested, long before it is drained itself.
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
        let report = Queue::start(log.clone()).await.expect("starts").stop().await;
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
        let running = Duck::start().await.expect("starts");
        let handle = running.handle();
        sleep(ms(500)).await;
        let stop = tokio::spawn(running.stop());
        sleep(ms(1_900)).await;
        assert!(!handle.is_ready());
        assert_eq!(handle.phase(), Phase::LameDuck);
        assert_eq!(handle.status().services[0].state, ServiceState::Failed);
        let report = stop.await.expect("stops");
        assert_eq!(report.took, ms(2_000));
        assert!(matches!(report.cause, StopCause::Requested), "the first cause counts");
        assert_eq!(report.service("fails").expect("reported").ending.to_string(), "failed: connection lost");
    });
}

/// A failure while running is the cause; what is done stays in its place and is stopped like any other.
#[test]
fn a_failure_stops_the_group_and_is_the_cause() {
    #[service_group]
    struct Failing {
        log: Log,
        #[service(start = Probe::new("store", log))]
        store: Probe,
        #[service(start = { let _ = store; Task::spawn(|_| async {}) })]
        done: Task,
        #[service(start = { let _ = done; Fails(ms(700)) })]
        fails: Fails,
    }
    paused(async {
        let log = Log::default();
        let mut running = Failing::start(log.clone()).await.expect("starts");
        let cause = timeout(ms(800), running.wait()).await.expect("the failure stops the group");
        assert_eq!(cause.to_string(), "because `fails` failed: connection lost");
        assert_eq!(running.handle().status().services[1].state, ServiceState::Done);
        let report = running.stop().await;
        assert!(!report.is_clean());
        assert_eq!(report.service("fails").expect("reported").ending.to_string(), "failed: connection lost");
        assert_eq!(report.service("done").expect("reported").ending.to_string(), "graceful");
        assert_eq!(log.text(), "+store, -store, ~store");
    });
}

/// A task may end the group: a request, not a failure. A panic in a task is a failure, with its payload (A10).
#[test]
fn tasks_end_groups_and_panics_are_failures() {
    #[service_group]
    struct Job {
        panics: bool,
        #[service(start = job(*panics).ends_group())]
        job: Task,
    }
    fn job(panics: bool) -> Task {
        Task::spawn(move |_| async move {
            sleep(ms(10)).await;
            assert!(!panics, "two and two is five");
        })
    }
    paused(async {
        let mut running = Job::start(false).await.expect("starts");
        assert!(matches!(running.wait().await, StopCause::Ended { service: "job" }));
        assert!(running.stop().await.is_clean());

        let mut running = Job::start(true).await.expect("starts");
        let cause = running.wait().await.to_string();
        assert_eq!(cause, "because `job` failed: panicked: two and two is five");
        assert!(!running.stop().await.is_clean());
    });
}

/// A13: a force cuts every window, of what is under way and of what comes; nothing is skipped.
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
        let running = Forced::start(log.clone()).await.expect("starts");
        let handle = running.handle();
        let stop = tokio::spawn(running.stop());
        sleep(ms(1_000)).await;
        assert_eq!(handle.phase(), Phase::LameDuck);
        handle.force_stop();
        let report = stop.await.expect("stops");
        // The lame duck ends; each of the hanging ones has half a second, the store takes its 300 ms.
        let expected = "+store, forced at 1000, forced at 1500, -store, ~store";
        assert_eq!(log.text(), expected, "{report}");
        assert_eq!(report.took, ms(2_300));
        let endings: Vec<_> = report.services.iter().map(|service| service.ending.to_string()).collect();
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
        let running = Forced::start(log.clone()).await.expect("starts");
        let handle = running.handle();
        let stop = tokio::spawn(running.stop());
        sleep(ms(1_000)).await;
        handle.force_stop();
        let report = stop.await.expect("stops");
        assert_eq!(report.took, ms(1_500));
        assert_eq!(log.text(), "forced at 1000");
    });
}

/// A16: requests from several sides at once: one stop, each service once.
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
        let mut running = One::start(log.clone()).await.expect("starts");
        let handles: Vec<_> = (0..8).map(|_| running.handle()).collect();
        let firsts = handles.iter().map(GroupHandle::request_stop).filter(|first| *first).count();
        assert_eq!(firsts, 1);
        running.wait().await;
        running.wait().await;
        let stop = tokio::spawn(running.stop());
        assert!(!handles.iter().any(GroupHandle::request_stop));
        assert!(stop.await.expect("stops").is_clean());
        assert_eq!(log.text(), "+one, -one, ~one");
        assert_eq!(handles[0].phase(), Phase::Stopped);
    });
}

#[service_group]
struct Dropped {
    log: Log,
    #[service(start = Probe::new("store", log))]
    store: Probe,
    #[service(start = { let _ = store; Probe::new("rpc", log).stopping_for(1_000) })]
    rpc: Probe,
    #[service(start = { let _ = rpc; alive(log.clone()) })]
    task: Task,
    #[service(start = Probe::new("side", log), stop_within = "2s")]
    side: Probe,
}

/// A task that notes when its future is dropped.
fn alive(log: Log) -> Task {
    struct Noted(Log);
    impl Drop for Noted {
        fn drop(&mut self) {
            self.0.note("~task");
        }
    }
    Task::spawn(|stop| async move {
        let _noted = Noted(log);
        drop(stop.requested().await);
    })
}

/// A23: dropped without a stop, a group drops its services in stop order, and leaves no task.
#[test]
fn a_group_that_is_dropped_drops_in_stop_order() {
    paused(async {
        let log = Log::default();
        let running = Dropped::start(log.clone()).await.expect("starts");
        drop(running);
        while !log.text().contains("~task") {
            tokio::task::yield_now().await;
        }
        let seen: Vec<_> = log.lines().into_iter().filter(|line| line.starts_with(['-', '~'])).collect();
        let probes: Vec<_> = seen.iter().filter(|line| *line != "~task" && *line != "~side").collect();
        assert_eq!(probes, ["~rpc", "~store"], "{seen:?}");
    });
}

/// A23: a stop that is dropped half-way drops the rest in stop order, behind what was under way.
#[test]
fn a_stop_that_is_dropped_half_way_drops_the_rest_in_order() {
    paused(async {
        let log = Log::default();
        let running = Dropped::start(log.clone()).await.expect("starts");
        let handle = running.handle();
        timeout(ms(500), running.stop()).await.expect_err("rpc takes a second");
        while !log.text().contains("~store") {
            tokio::task::yield_now().await;
        }
        let seen = log.lines().into_iter().filter(|line| line.starts_with(['-', '~'])).collect::<Vec<_>>();
        assert!(seen.join(" ").ends_with("-rpc ~rpc ~store"), "{seen:?}");
        assert!(!seen.contains(&"-store".to_owned()), "what was not asked is dropped, not stopped");
        let _ = handle;
    });
}

/// A thread that does not return is stuck, and holds up no other; when it returns in time it is not.
#[test]
fn a_thread_that_does_not_return_is_stuck() {
    #[service_group]
    struct Threads {
        log: Log,
        release: Arc<AtomicBool>,
        #[service(start = Probe::new("store", log))]
        store: Probe,
        #[service(start = { let _ = store; stubborn(Arc::clone(release))? }, stop_within = "20ms")]
        stubborn: Worker,
        #[service(start = Worker::spawn("good", |stop| while stop.wait_timeout(ms(5)).is_none() {})?)]
        good: Worker,
    }
    fn stubborn(release: Arc<AtomicBool>) -> std::io::Result<Worker> {
        Worker::spawn("stubborn", move |_| {
            while !release.load(Ordering::SeqCst) {
                std::thread::sleep(ms(1));
            }
        })
    }
    // Threads know nothing of a paused clock.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.expect("a runtime").block_on(async {
        let (log, release) = (Log::default(), Arc::new(AtomicBool::new(false)));
        let report = Threads::start(log.clone(), Arc::clone(&release)).await.expect("starts").stop().await;
        release.store(true, Ordering::SeqCst);
        assert!(matches!(
            report.service("stubborn").expect("reported").ending,
            Ending::Stuck { lent_to: None }
        ));
        assert_eq!(report.stuck().len(), 1);
        assert_eq!(report.service("store").expect("reported").ending.to_string(), "graceful");
        assert_eq!(log.text(), "+store, -store, ~store");
    });
}

/// What is stuck takes a while to be called that. Where a whole chain is stuck, that adds up to less than the second that the
/// watchdog gives.
#[test]
fn a_chain_of_stuck_services_does_not_wake_the_watchdog() {
    #[service_group(stop_within = "160ms")]
    struct Chain {
        release: Arc<AtomicBool>,
        #[service(start = stubborn(release)?, stop_within = "10ms")]
        t0: Worker,
        #[service(start = stubborn(release)?, stop_within = "10ms", after(t0))]
        t1: Worker,
        #[service(start = stubborn(release)?, stop_within = "10ms", after(t1))]
        t2: Worker,
        #[service(start = stubborn(release)?, stop_within = "10ms", after(t2))]
        t3: Worker,
        #[service(start = stubborn(release)?, stop_within = "10ms", after(t3))]
        t4: Worker,
        #[service(start = stubborn(release)?, stop_within = "10ms", after(t4))]
        t5: Worker,
        #[service(start = stubborn(release)?, stop_within = "10ms", after(t5))]
        t6: Worker,
        #[service(start = stubborn(release)?, stop_within = "10ms", after(t6))]
        t7: Worker,
        #[service(start = stubborn(release)?, stop_within = "10ms", after(t7))]
        t8: Worker,
        #[service(start = stubborn(release)?, stop_within = "10ms", after(t8))]
        t9: Worker,
        #[service(start = stubborn(release)?, stop_within = "10ms", after(t9))]
        t10: Worker,
        #[service(start = stubborn(release)?, stop_within = "10ms", after(t10))]
        t11: Worker,
        #[service(start = stubborn(release)?, stop_within = "10ms", after(t11))]
        t12: Worker,
        #[service(start = stubborn(release)?, stop_within = "10ms", after(t12))]
        t13: Worker,
        #[service(start = stubborn(release)?, stop_within = "10ms", after(t13))]
        t14: Worker,
        #[service(start = stubborn(release)?, stop_within = "10ms", after(t14))]
        t15: Worker,
    }
    fn stubborn(release: &Arc<AtomicBool>) -> std::io::Result<Worker> {
        let release = Arc::clone(release);
        Worker::spawn("stubborn", move |_| {
            while !release.load(Ordering::SeqCst) {
                std::thread::sleep(ms(1));
            }
        })
    }
    // The threads do nothing that the clock could overtake.
    paused(async {
        let release = Arc::new(AtomicBool::new(false));
        let report = Chain::start(Arc::clone(&release)).await.expect("starts").stop().await;
        release.store(true, Ordering::SeqCst);
        assert_eq!(report.stuck().len(), 16, "{report}");
        assert!(report.took < ms(160 + 1_000), "{report}");
    });
}

/// A stop that blocks its thread is stuck, and holds up no one while the runtime has another thread.
#[test]
fn a_stop_that_blocks_its_thread_is_stuck() {
    #[service_group]
    struct Blocking {
        log: Log,
        release: Arc<AtomicBool>,
        #[service(start = Probe::new("store", log))]
        store: Probe,
        #[service(start = (Arc::clone(release), store).0, stop = spin(&blocks), stop_within = "50ms")]
        blocks: Arc<AtomicBool>,
    }
    fn spin(release: &AtomicBool) {
        while !release.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build();
    let (log, release) = (Log::default(), Arc::new(AtomicBool::new(false)));
    let report = runtime.expect("a runtime").block_on(async {
        let running = Blocking::start(log.clone(), Arc::clone(&release)).await.expect("starts");
        let report = running.stop().await;
        release.store(true, Ordering::SeqCst);
        report
    });
    assert!(matches!(report.service("blocks").expect("reported").ending, Ending::Stuck { .. }), "{report}");
    assert_eq!(log.text(), "+store, -store, ~store");
}

/// A service that the configuration leaves out keeps its place, and one that it has is watched and stopped.
#[test]
fn an_optional_service_is_stopped_if_it_is_there() {
    #[service_group]
    struct Optional {
        log: Log,
        with: bool,
        #[service(start = Probe::new("store", log))]
        store: Probe,
        #[service(start = with.then(|| { let _ = store; Fails(ms(700)) }))]
        fails: Option<Fails>,
        #[service(start = with.then(|| Probe::new("gateway", log)), after(fails))]
        gateway: Option<Probe>,
    }
    paused(async {
        let log = Log::default();
        let mut running = Optional::start(log.clone(), true).await.expect("starts");
        assert!(matches!(running.wait().await, StopCause::Failed { service: "fails", .. }));
        running.stop().await;
        assert_eq!(log.text(), "+store, +gateway, -gateway, ~gateway, -store, ~store");

        let log = Log::default();
        let mut running = Optional::start(log.clone(), false).await.expect("starts");
        timeout(ms(1_000), running.wait()).await.expect_err("nothing fails");
        assert!(running.stop().await.is_clean());
        assert_eq!(log.text(), "+store, -store, ~store");
    });
}

/// The group's status says who is waited for.
#[test]
fn the_status_says_who_is_waited_for() {
    paused(async {
        let running = Dropped::start(Log::default()).await.expect("starts");
        let handle = running.handle();
        let stop = tokio::spawn(running.stop());
        sleep(ms(100)).await;
        let status = handle.status();
        assert_eq!(status.phase, Phase::Stopping);
        let service = |name| status.services.iter().find(|service| service.name == name).expect("is there");
        assert_eq!(service("rpc").state, ServiceState::Stopping);
        assert_eq!(service("rpc").since, ms(100));
        assert_eq!(service("store").state, ServiceState::Running);
        assert_eq!(service("store").waits_for, ["rpc"]);
        stop.await.expect("stops");
        let left =
            handle.status().services.into_iter().filter(|service| service.state != ServiceState::Stopped);
        assert_eq!(left.count(), 0);
    });
}

/// A stop's details reach the report, and a service sees its window and the cause.
#[test]
fn a_service_sees_its_window_and_adds_to_the_report() {
    struct Looks(oneshot::Sender<(Duration, String)>);
    impl Service for Looks {
        async fn stop(self, stopping: Stopping) -> Result<(), BoxError> {
            stopping.detail("3 messages given back");
            let seen = (stopping.time_remaining(), stopping.cause().to_string());
            self.0.send(seen).map_err(|_| BoxError::from("nobody looks"))
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
        // Nobody caps it: it has all but the five seconds guaranteed to what comes behind it.
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
        assert!(matches!(error.kind(), StartErrorKind::Misfit(_)), "{error}");
        let stopping = Stopping::within(Duration::MAX);
        assert!(stopping.time_remaining() > Duration::from_secs(1_000_000));
    });
}
