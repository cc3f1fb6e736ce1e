//! Starts that block their thread, and values that come after their start was cancelled.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use service_group::{GroupHandle, StartErrorKind, StopCause, Task, service_group};
use service_group_tests::{Log, Probe};
use tokio::time::sleep;

/// Blocks the thread until it is released.
fn spin(release: &AtomicBool) {
    while !release.load(Ordering::SeqCst) {
        std::thread::yield_now();
    }
}

/// A start that blocks its thread holds up no other, and its window is kept while it blocks.
#[test]
fn a_blocking_start_delays_no_other() {
    #[service_group]
    struct Blocking {
        log: Log,
        release: Arc<AtomicBool>,
        #[service(start = Probe::new("lent", log))]
        lent: Probe,
        #[service(start = { let _ = lent; spin(release); Probe::new("blocks", log) }, start_within = "50ms", stop_within = "20s")]
        blocks: Probe,
        #[service(start = { let probe = Probe::new("free", log); release.store(true, Ordering::SeqCst); probe })]
        free: Probe,
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build();
    let log = Log::default();
    // The blocking start returns only when the free one has started: this ends only if that is not held up.
    runtime.expect("a runtime").block_on(async {
        match Blocking::start(log.clone(), Arc::default()).await {
            Ok(running) => drop(running.stop().await),
            Err(error) => {
                assert_eq!(error.service().map(AsRef::as_ref), Some("blocks"), "on a slow machine: {error}");
            }
        }
    });
    let lines = log.lines();
    for name in ["lent", "blocks", "free"] {
        let asked = lines.iter().filter(|line| **line == format!("-{name}")).count();
        assert_eq!(asked, 1, "a value that exists is stopped: {lines:?}");
    }
}

/// A window that ends while the start blocks: the value that comes late is stopped, in its place.
#[test]
fn a_value_that_comes_late_is_stopped() {
    #[service_group(stop_within = "60s")]
    struct Tardy {
        log: Log,
        timed_out: Arc<AtomicBool>,
        #[group]
        group: GroupHandle,
        #[service(start = Task::spawn(|_| release(group.stop_requested(), Arc::clone(timed_out))))]
        release: Task,
        #[service(start = Probe::new("lent", log), after(release))]
        lent: Probe,
        #[service(
            start = { let _ = lent; spin(timed_out); Probe::new("late", log) },
            start_within = "1ms",
            stop_within = "50s",
        )]
        late: Probe,
    }
    async fn release(requested: impl Future<Output = StopCause>, timed_out: Arc<AtomicBool>) {
        requested.await;
        timed_out.store(true, Ordering::SeqCst);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build();
    let log = Log::default();
    let error = runtime.expect("a runtime").block_on(Tardy::start(log.clone(), Arc::default()));
    let error = error.expect_err("times out");
    assert!(matches!(error.kind(), StartErrorKind::TimedOut(_)), "{error}");
    assert_eq!(log.text(), "+lent, +late, -late, ~late, -lent, ~lent", "{:?}", error.report());
}

/// A start that returns after the group has cancelled it: its value is still stopped.
#[test]
fn a_value_that_comes_too_late_is_stopped_too() {
    #[service_group]
    struct TooLate {
        log: Log,
        release: Arc<AtomicBool>,
        #[service(start = Probe::new("lent", log))]
        lent: Probe,
        #[service(
            start = { let _ = lent; spin(release); Probe::new("late", log) },
            start_within = "1ms",
            stop_within = "1ms",
        )]
        late: Probe,
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build();
    let (log, release) = (Log::default(), Arc::new(AtomicBool::new(false)));
    let error = runtime.expect("a runtime").block_on(async {
        let error = TooLate::start(log.clone(), Arc::clone(&release)).await.expect_err("times out");
        assert_eq!(log.text(), "+lent");
        release.store(true, Ordering::SeqCst);
        while !log.text().contains("~late") {
            tokio::task::yield_now().await;
        }
        error
    });
    assert_eq!(log.text(), "+lent, +late, ~lent, -late, ~late");
    let report = error.report().expect("reported").to_string();
    assert!(report.contains("`late` stuck, `lent` stuck (lent to `late`)"), "{report}");
}

/// A start that comes back when its window is over: its value is stopped all the same, and not just dropped.
#[test]
fn a_value_that_comes_when_its_window_is_over_is_stopped() {
    #[service_group(stop_within = "60s")]
    struct Overdue {
        log: Log,
        release: Arc<AtomicBool>,
        #[group]
        group: GroupHandle,
        #[service(start = Task::spawn(|_| release_later(group.stop_requested(), Arc::clone(release))))]
        releases: Task,
        #[service(
            start = { spin(release); Probe::new("late", log) },
            after(releases),
            start_within = "1ms",
            stop_within = "50ms",
        )]
        late: Probe,
    }
    async fn release_later(requested: impl Future<Output = StopCause>, release: Arc<AtomicBool>) {
        requested.await;
        // The window has ended then, and the service is not yet given up; on a slow machine it is, or is not asked.
        sleep(Duration::from_millis(100)).await;
        release.store(true, Ordering::SeqCst);
    }
    let log = Log::default();
    multi_thread().block_on(async {
        Overdue::start(log.clone(), Arc::default()).await.expect_err("times out");
        gone("late", &log).await;
    });
    assert_eq!(log.text(), "+late, -late, ~late");
}

/// A start that returns in the last moment of a group, when its message is no longer read.
#[test]
fn a_value_that_comes_when_all_is_over_is_stopped() {
    /// Dropped last of all, it waits until the start has come back.
    struct Last(Arc<AtomicBool>, Log);

    impl Drop for Last {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
            while self.1.text().is_empty() {
                std::thread::yield_now();
            }
            // The message comes a few instructions after the value. Too short a wait only makes the test weaker.
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    #[service_group]
    struct Over {
        log: Log,
        release: Arc<AtomicBool>,
        last: Last,
        #[service(
            start = { spin(release); Probe::new("late", log) },
            start_within = "1ms",
            stop_within = "1ms",
        )]
        late: Probe,
    }
    let (log, release) = (Log::default(), Arc::<AtomicBool>::default());
    multi_thread().block_on(async {
        let last = Last(Arc::clone(&release), log.clone());
        Over::start(log.clone(), release, last).await.expect_err("times out");
        gone("late", &log).await;
    });
    assert_eq!(log.text(), "+late, -late, ~late");
}

fn multi_thread() -> tokio::runtime::Runtime {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build();
    runtime.expect("a runtime")
}

async fn gone(name: &str, log: &Log) {
    while !log.lines().contains(&format!("~{name}")) {
        sleep(Duration::from_millis(1)).await;
    }
}
