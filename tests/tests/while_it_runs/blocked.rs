//! Checks and reloads that block their threads, on a real clock.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use service_group::{StopOutcome, service_group};

/// A call on it blocks its thread until the gate is opened.
#[derive(Debug, Clone)]
struct Gate {
    opened: Arc<Mutex<Receiver<()>>>,
    has_blocked: Arc<AtomicBool>,
}

impl Gate {
    fn new() -> (Self, Sender<()>) {
        let (open, gate) = channel();
        (Self { opened: Arc::new(Mutex::new(gate)), has_blocked: Arc::default() }, open)
    }

    fn block(&self) {
        self.has_blocked.store(true, Ordering::Relaxed);
        // It is open when the sender is gone, too.
        let _ = self.opened.lock().unwrap_or_else(PoisonError::into_inner).recv();
    }

    /// Waits until a call has come to the gate.
    async fn wait_until_blocked(&self) {
        while !self.has_blocked.load(Ordering::Relaxed) {
            tokio::task::yield_now().await;
        }
    }
}

#[service_group]
struct Check {
    gate: Gate,
    #[service(start = gate.clone(), stop = drop(store), check = store.block(), check_within = "100ms")]
    store: Gate,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_check_that_blocks_its_thread_is_not_started_again_and_is_stuck_in_the_end() {
    let (gate, open) = Gate::new();
    let app = Check::start(gate).await.expect("starts");
    let group = app.handle();
    for _ in 0..3 {
        let report = group.check().await;
        assert_eq!(report.to_string(), "`store`: no answer within 100 ms");
    }
    let begun = Instant::now();
    let report = app.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(2), "the stop does not wait for it");
    let store = report.service("store").expect("a row");
    assert!(matches!(store.outcome, StopOutcome::Stuck { .. }), "{report}");
    let text = report.to_string();
    assert!(text.contains("its check has blocked a thread for"), "{text}");
    drop(open);
}

#[service_group]
struct Reload {
    gate: Gate,
    #[service(start = gate.clone(), stop = drop(store), reload = store.block(), start_within = "100ms")]
    store: Gate,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reload_that_blocks_its_thread_delays_no_stop() {
    let (gate, open) = Gate::new();
    let app = Reload::start(gate).await.expect("starts");
    let group = app.handle();
    let report = group.reload().await;
    assert!(report.to_string().contains("no answer within 100 ms"), "{report}");
    let report = group.reload().await;
    assert!(report.to_string().contains("the reload before has not ended"), "{report}");
    let report = app.stop().await;
    assert!(report.to_string().contains("its reload has blocked a thread for"), "{report}");
    drop(open);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_check_that_was_blocked_and_has_ended_leaves_nothing_behind() {
    let (gate, open) = Gate::new();
    let app = Check::start(gate).await.expect("starts");
    let group = app.handle();
    assert!(!group.check().await.is_ready());
    open.send(()).expect("the check waits for it");
    open.send(()).expect("the gate exists");
    // The next question begins a new check as soon as the old one has ended.
    while !group.check().await.is_ready() {
        tokio::task::yield_now().await;
    }
    assert!(app.stop().await.is_clean());
}

/// Opens the gate of a check in its stop.
#[derive(Debug, Clone)]
struct Opens(Sender<()>);

#[service_group]
struct OnAThread {
    gate: Gate,
    open: Opens,
    #[service(
        start = (gate.clone(), open.clone()),
        stop = store.1.0.send(()),
        // It blocks a little longer than the stop takes.
        check = { store.0.block(); thread::sleep(Duration::from_millis(20)) }
    )]
    store: (Gate, Opens),
}

/// Each call is on a thread for a moment: that alone makes nothing stuck.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_check_that_leaves_its_thread_shortly_after_the_stop_is_not_stuck() {
    let (gate, open) = Gate::new();
    let app = OnAThread::start(gate, Opens(open)).await.expect("starts");
    let check = tokio::spawn(app.handle().check());
    app.store.0.wait_until_blocked().await;
    let report = app.stop().await;
    assert!(report.is_clean(), "{report}");
    drop(check.await.expect("no panic"));
}
