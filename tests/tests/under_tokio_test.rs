//! Signals of the test process itself, with the runtimes that tests have. One test: they are for the whole process.

use std::time::Duration;

use rustix::process::{Signal, getpid, kill_process};
use service_group::{GroupHandle, StopCause, Task, service_group};

/// Sends its own process SIGTERM when it is ready.
#[service_group]
struct Terminated {
    #[group]
    group: GroupHandle,
    #[service(start = terminate(group))]
    task: Task,
}

fn terminate(group: &GroupHandle) -> Task {
    let group = group.clone();
    Task::spawn(move |stop| async move {
        let mut changes = group.changes();
        while !group.is_ready() && changes.next().await.is_some() {}
        kill_process(getpid(), Signal::TERM).expect("a process may signal itself");
        stop.requested().await;
    })
}

/// Signals stop a run under `tokio::test`, again and again, and on any runtime.
#[tokio::test]
async fn a_signal_stops_a_run_under_tokio_test() {
    for _ in 0..2 {
        assert_stopped(&Terminated::run().await);
        // A signal that comes sooner than that is the same request.
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    let elsewhere = std::thread::spawn(|| {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime can be built");
        assert_stopped(&runtime.block_on(Terminated::run()));
    });
    elsewhere.join().expect("it stops there too");
}

fn assert_stopped(outcome: &service_group::Outcome) {
    let report = outcome.stop_report().expect("it had started");
    assert!(
        report.is_clean() && matches!(report.cause, StopCause::Signal(service_group::SignalKind::Terminate)),
        "{report}"
    );
}
