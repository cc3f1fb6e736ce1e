//! Services that fail or end by themselves, and stops that fail.

use service_group::status::ServiceState;
use service_group::{StopCause, Task, service_group};
use service_group_tests::{Fails, Log, Probe, paused};
use tokio::time::{sleep, timeout};

use super::ms;

/// Errors and panics of several stops are all in the report, and none stops the chain.
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
        let ending = |name| report.service(name).expect("reported").outcome.to_string();
        assert_eq!(ending("panics"), "panicked: out of ink");
        assert_eq!(ending("broken"), "failed: flush of 7 failed");
        assert_eq!(ending("last"), "graceful");
        assert_eq!(log.text(), "+last, -last, ~last");
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
        let running = Failing::start(log.clone()).await.expect("starts");
        let cause = timeout(ms(800), running.stop_requested()).await.expect("the failure stops the group");
        assert_eq!(cause.to_string(), "because `fails` failed: connection lost");
        assert_eq!(running.handle().status().services[1].state, ServiceState::Done);
        let report = running.stop().await;
        assert!(!report.is_clean());
        assert_eq!(report.service("fails").expect("reported").outcome.to_string(), "failed: connection lost");
        assert_eq!(report.service("done").expect("reported").outcome.to_string(), "graceful");
        assert_eq!(log.text(), "+store, -store, ~store");
    });
}

/// A task may end the group: a request, not a failure. A panic in a task is a failure, with its payload.
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
        let running = Job::start(false).await.expect("starts");
        assert!(
            matches!(running.stop_requested().await, StopCause::Ended { service, .. } if service == "job")
        );
        assert!(running.stop().await.is_clean());

        let running = Job::start(true).await.expect("starts");
        let cause = running.stop_requested().await.to_string();
        assert_eq!(cause, "because `job` failed: panicked: two and two is five");
        assert!(!running.stop().await.is_clean());
    });
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
        let running = Optional::start(log.clone(), true).await.expect("starts");
        assert!(
            matches!(running.stop_requested().await, StopCause::Failed { service, .. } if service == "fails")
        );
        let _ = running.stop().await;
        assert_eq!(log.text(), "+store, +gateway, -gateway, ~gateway, -store, ~store");

        let log = Log::default();
        let running = Optional::start(log.clone(), false).await.expect("starts");
        timeout(ms(1_000), running.stop_requested()).await.expect_err("nothing fails");
        assert!(running.stop().await.is_clean());
        assert_eq!(log.text(), "+store, -store, ~store");
    });
}
