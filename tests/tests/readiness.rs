//! When a group is ready, and what holds it although its services run.

use std::future::pending;
use std::time::Duration;

use service_group::{GroupHandle, Running, service_group};
use service_group_tests::paused;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

#[service_group(stop_within = "10s")]
struct Storage {
    handles: UnboundedSender<GroupHandle>,
    #[group]
    group: GroupHandle,
    #[service(start = handles.send(group.clone())?, stop = drop(log))]
    log: (),
}

#[service_group]
struct App {
    handles: UnboundedSender<GroupHandle>,
    #[service(start = Storage::start(handles.clone()).await?, stop_within = "10s")]
    storage: Running<Storage>,
}

#[test]
fn a_hold_of_a_nested_group_counts_for_the_group_around_it() {
    paused(async {
        let (sender, mut handles) = unbounded_channel();
        let app = App::start(sender).await.expect("a start that succeeds");
        let (outer, inner) = (app.handle(), handles.recv().await.expect("a handle"));
        let mut changes = outer.changes();
        let _ = changes.next().await;
        assert!(outer.is_ready());
        let (first, second) = (inner.hold("the disk is nearly full"), outer.hold("maintenance"));
        let status = changes.next().await.expect("a change");
        assert_eq!(status.not_ready_reasons(), ["maintenance", "storage: the disk is nearly full"]);
        assert!(!outer.is_ready() && !inner.is_ready());
        drop(second);
        assert!(!outer.is_ready(), "the nested group is still held");
        drop(first);
        assert!(outer.is_ready() && inner.is_ready());
        assert!(app.stop().await.is_clean());
    });
}

#[service_group]
struct Hangs {
    handles: UnboundedSender<GroupHandle>,
    #[group]
    group: GroupHandle,
    #[service(start = { handles.send(group.clone())?; pending().await }, stop = drop(service))]
    service: (),
}

#[test]
fn ready_is_true_when_the_group_is_ready_and_false_when_it_stops_first() {
    paused(async {
        let (sender, mut handles) = unbounded_channel();
        let start = tokio::spawn(Hangs::runner(sender).start());
        let handle = handles.recv().await.expect("a handle");
        let ready = tokio::spawn(handle.ready());
        tokio::time::sleep(Duration::from_millis(10)).await;
        assert!(!ready.is_finished());
        handle.request_stop();
        assert!(!ready.await.expect("no panic"));
        assert!(start.await.expect("no panic").is_err());

        let (sender, _handles) = unbounded_channel();
        let app = App::start(sender).await.expect("a start that succeeds");
        assert!(app.handle().ready().await);
        let held = app.handle().hold("maintenance");
        let ready = tokio::spawn(app.handle().ready());
        tokio::time::sleep(Duration::from_millis(10)).await;
        assert!(!ready.is_finished());
        drop(held);
        assert!(ready.await.expect("no panic"));
        assert!(app.stop().await.is_clean());
    });
}
