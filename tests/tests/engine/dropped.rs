//! Groups and stops that are dropped, and the status during a stop.

use service_group::status::ServiceState;
use service_group::{GroupPhase, Task, service_group};
use service_group_tests::{Log, Probe, paused};
use tokio::time::{sleep, timeout};

use super::ms;

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

/// Dropped without a stop, a group drops its services in stop order, and leaves no task.
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

/// A stop that is dropped half-way drops the rest in stop order, after the stops that were under way.
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

/// The group's status names the services that are waited for.
#[test]
fn the_status_says_who_is_waited_for() {
    paused(async {
        let running = Dropped::start(Log::default()).await.expect("starts");
        let handle = running.handle();
        let stop = tokio::spawn(running.stop());
        sleep(ms(100)).await;
        let status = handle.status();
        assert_eq!(status.phase, GroupPhase::Stopping);
        let service = |name| status.services.iter().find(|service| service.name == name).expect("is there");
        assert_eq!(service("rpc").state, ServiceState::Stopping);
        assert_eq!(service("rpc").in_state_for, ms(100));
        assert_eq!(service("store").state, ServiceState::Running);
        assert_eq!(service("store").waits_for, ["rpc"]);
        let _ = stop.await.expect("stops");
        let left =
            handle.status().services.into_iter().filter(|service| service.state != ServiceState::Stopped);
        assert_eq!(left.count(), 0);
    });
}
