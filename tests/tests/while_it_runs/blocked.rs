//! Checks and reloads that block their threads, on a real clock.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use service_group::{StopOutcome, service_group};

/// A call on it blocks its thread until the gate is opened.
#[derive(Debug, Clone)]
struct Gate(Arc<Mutex<Receiver<()>>>);

impl Gate {
    fn new() -> (Self, Sender<()>) {
        let (open, gate) = channel();
        (Self(Arc::new(Mutex::new(gate))), open)
    }

    fn block(&self) {
        // It is open when the sender is gone, too.
        let _ = self.0.lock().unwrap_or_else(PoisonError::into_inner).recv();
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
