//! Threads that do not come back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use service_group::{BlockingTask, StopOutcome, service_group};
use service_group_tests::{Log, Probe, paused};

use super::ms;

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
        stubborn: BlockingTask,
        #[service(start = BlockingTask::spawn("good", |stop| while stop.wait_timeout(ms(5)).is_none() {})?)]
        good: BlockingTask,
    }
    fn stubborn(release: Arc<AtomicBool>) -> std::io::Result<BlockingTask> {
        BlockingTask::spawn("stubborn", move |_| {
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
            report.service("stubborn").expect("reported").outcome,
            StopOutcome::Stuck { lent_to: None, .. }
        ));
        assert_eq!(report.stuck().len(), 1);
        assert_eq!(report.service("store").expect("reported").outcome.to_string(), "graceful");
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
        t0: BlockingTask,
        #[service(start = stubborn(release)?, stop_within = "10ms", after(t0))]
        t1: BlockingTask,
        #[service(start = stubborn(release)?, stop_within = "10ms", after(t1))]
        t2: BlockingTask,
        #[service(start = stubborn(release)?, stop_within = "10ms", after(t2))]
        t3: BlockingTask,
        #[service(start = stubborn(release)?, stop_within = "10ms", after(t3))]
        t4: BlockingTask,
        #[service(start = stubborn(release)?, stop_within = "10ms", after(t4))]
        t5: BlockingTask,
        #[service(start = stubborn(release)?, stop_within = "10ms", after(t5))]
        t6: BlockingTask,
        #[service(start = stubborn(release)?, stop_within = "10ms", after(t6))]
        t7: BlockingTask,
        #[service(start = stubborn(release)?, stop_within = "10ms", after(t7))]
        t8: BlockingTask,
        #[service(start = stubborn(release)?, stop_within = "10ms", after(t8))]
        t9: BlockingTask,
        #[service(start = stubborn(release)?, stop_within = "10ms", after(t9))]
        t10: BlockingTask,
        #[service(start = stubborn(release)?, stop_within = "10ms", after(t10))]
        t11: BlockingTask,
        #[service(start = stubborn(release)?, stop_within = "10ms", after(t11))]
        t12: BlockingTask,
        #[service(start = stubborn(release)?, stop_within = "10ms", after(t12))]
        t13: BlockingTask,
        #[service(start = stubborn(release)?, stop_within = "10ms", after(t13))]
        t14: BlockingTask,
        #[service(start = stubborn(release)?, stop_within = "10ms", after(t14))]
        t15: BlockingTask,
    }
    fn stubborn(release: &Arc<AtomicBool>) -> std::io::Result<BlockingTask> {
        let release = Arc::clone(release);
        BlockingTask::spawn("stubborn", move |_| {
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
        assert!(report.stop_duration < ms(160 + 1_000), "{report}");
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
    assert!(
        matches!(report.service("blocks").expect("reported").outcome, StopOutcome::Stuck { .. }),
        "{report}"
    );
    assert_eq!(log.text(), "+store, -store, ~store");
}
