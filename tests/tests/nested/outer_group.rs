//! What the outer group shows of the inner one, and what reaches it: failures and requests.

use service_group::status::{ServiceState, ServiceStatus};
use service_group::{Changes, GroupHandle, Running, StopCause, StopOutcome, service_group};
use service_group_tests::{Log, paused};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::{sleep, timeout};

use crate::{App, Inner, Storage, ms};

/// The outer group shows what is stuck inside, and notifies of changes there, from its start on.
#[test]
fn the_inner_group_is_seen_in_the_status_of_the_outer_one() {
    #[service_group]
    struct Seen {
        log: Log,
        tell: UnboundedSender<GroupHandle>,
        #[group]
        group: GroupHandle,
        #[service(start = { let _ = tell.send(group.clone()); Storage::start(log.clone(), Inner::HangsInStop).await? })]
        storage: Running<Storage>,
    }
    async fn change(changes: &mut Changes) {
        timeout(ms(60_000), changes.next()).await.expect("a change is reported").expect("the group lives");
    }
    fn inside(group: &GroupHandle) -> Vec<ServiceStatus> {
        let status = group.status().services.remove(0);
        status.nested.expect("is a group").services
    }
    paused(async {
        let (tell, mut told) = unbounded_channel();
        let start = tokio::spawn(Seen::start(Log::default(), tell));
        let group = told.recv().await.expect("starts");
        let mut changes = group.changes();
        while inside(&group).iter().any(|service| service.state != ServiceState::Running) {
            change(&mut changes).await;
        }
        let running = start.await.expect("does not panic").expect("starts");
        let stop = tokio::spawn(running.stop());
        while inside(&group)[1].state != ServiceState::Stopping {
            change(&mut changes).await;
        }
        sleep(ms(1_000)).await;
        let status = group.status();
        assert_eq!(status.waits_for()[0].name, "storage");
        let storage = status.services[0].nested.as_deref().expect("is a group");
        assert_eq!(storage.waits_for()[0].name, "index");
        let progress = storage.services[1].stop.clone().expect("was asked");
        assert_eq!(
            (progress.elapsed, progress.remaining, progress.stop_within),
            (ms(1_000), ms(2_000), ms(3_000))
        );
        assert_eq!(storage.services[0].waits_for, ["index"]);
        // Nothing changes in the outer group then.
        while inside(&group)[0].state != ServiceState::Stopping {
            change(&mut changes).await;
        }
        let _ = stop.await.expect("stops");
        let ended: Vec<_> = inside(&group).into_iter().map(|service| service.outcome).collect();
        assert!(matches!(*ended, [Some(StopOutcome::Graceful), Some(StopOutcome::Aborted)]), "{ended:?}");
    });
}

/// A failure inside stops the whole, and so does a request: nothing may go on without what it uses.
#[test]
fn failures_and_requests_inside_reach_the_outermost_group() {
    paused(async {
        let running = App::runner(Log::default(), Inner::FailsWhileRunning)
            .lame_duck(App::PLAN.lame_duck())
            .start()
            .await
            .expect("starts");
        let cause = timeout(ms(200), running.stop_requested()).await.expect("fails after 100 ms");
        assert_eq!(cause.to_string(), "because `storage` failed: `index` failed: index lost");
        assert!(!running.stop().await.is_clean());

        let running = App::runner(Log::default(), Inner::EndsGroup)
            .lame_duck(App::PLAN.lame_duck())
            .start()
            .await
            .expect("starts");
        let cause = timeout(ms(200), running.stop_requested()).await.expect("ends after 100 ms");
        assert!(matches!(&cause, StopCause::Ended { service, .. } if service == "storage"), "{cause}");
        assert!(running.stop().await.is_clean());

        let running = App::runner(Log::default(), Inner::Works)
            .lame_duck(App::PLAN.lame_duck())
            .start()
            .await
            .expect("starts");
        running.storage.group.request_stop();
        assert!(!running.stop_requested().await.is_failure());
        assert!(running.stop().await.is_clean());
    });
}
