//! The roll-back of a start: its budget, what fails in it, and what it waits for.

use std::future::pending;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use service_group::status::ServiceState;
use service_group::{GroupHandle, GroupStatus, service_group};
use service_group_tests::{Fails, Log, Probe, paused};
use tokio::time::{sleep, timeout};

/// A driver that gets its turn late has no more time for it: the budget counts from the request, as the watchdog does.
#[test]
fn the_budget_of_a_roll_back_counts_from_the_request() {
    #[service_group(stop_within = "30s")]
    struct Slow {
        log: Log,
        handles: Handles,
        #[group]
        group: GroupHandle,
        #[service(start = { handles.send(group.clone()).ok(); Probe::new("one", log) })]
        one: Probe,
        #[service(start = { let _ = one; pending::<Probe>().await })]
        two: Probe,
    }
    type Handles = std::sync::mpsc::Sender<GroupHandle>;
    paused(async {
        let (send, handles) = std::sync::mpsc::channel();
        let mut start = Box::pin(Slow::start(Log::default(), send));
        timeout(Duration::from_millis(1), &mut start).await.expect_err("the second one hangs");
        assert!(handles.recv().expect("has started").request_stop());
        tokio::time::advance(Duration::from_secs(10)).await;
        let error = start.await.expect_err("given up");
        let report = error.report().expect("one had started");
        assert_eq!(report.stop_duration, Duration::from_secs(10), "{report}");
        assert_eq!(report.service("one").expect("is in it").window, Duration::from_secs(20), "{report}");
    });
}

/// What fails by itself while the start is being rolled back has failed, though its own turn to stop comes later.
#[test]
fn a_failure_during_a_roll_back_is_told() {
    #[service_group]
    struct Group {
        log: Log,
        #[service(start = Fails(Duration::from_millis(50)))]
        fails: Fails,
        #[service(start = { let _ = fails; Probe::new("slow", log).stopping_for(100) })]
        slow: Probe,
        #[service(start = { let _ = slow; Err::<Probe, _>("the disk is gone")? })]
        bad: Probe,
    }
    let error = paused(Group::start(Log::default())).expect_err("does not start");
    let report = error.report().expect("something had started");
    assert_eq!(report.service("fails").expect("had started").outcome.to_string(), "failed: connection lost");
    assert_eq!(error.service().map(AsRef::as_ref), Some("bad"), "the cause is still the first");
}

/// Starts that failed or were cancelled delay no other stop.
#[test]
fn a_roll_back_waits_for_those_alone_that_are_under_way() {
    type Seen = Arc<OnceLock<GroupStatus>>;
    #[service_group(stop_order(slow, hanging, bad))]
    struct Group {
        seen: Seen,
        #[group]
        handle: GroupHandle,
        #[service(start = (handle.clone(), seen.clone()), stop = {
            sleep(Duration::from_millis(10)).await;
            slow.1.set(slow.0.status()).expect("stopped once");
        })]
        slow: (GroupHandle, Seen),
        #[service(start = { sleep(Duration::from_millis(10)).await; Err::<Probe, _>("the disk is gone")? })]
        bad: Probe,
        #[service(start = pending::<Probe>().await)]
        hanging: Probe,
    }
    let seen = Seen::default();
    paused(Group::start(seen.clone())).expect_err("does not start");
    let status = seen.get().expect("slow was stopped");
    assert_eq!(status.waits_for().iter().map(|service| &*service.name).collect::<Vec<_>>(), ["slow"]);
    for name in ["bad", "hanging"] {
        assert_eq!(status.service(name).expect("is there").state, ServiceState::Waiting, "{name}");
    }
}
