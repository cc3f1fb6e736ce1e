//! A group that is given to another one: it has started before.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use service_group::{Detail, GroupHandle, Running, service_group};
use service_group_tests::{Log, Probe, paused};
use tokio::time::{sleep, timeout};

use super::ms;

/// A handle whose check fails when the test says so.
#[derive(Debug, Clone)]
struct Index {
    log: Log,
    is_broken: Arc<AtomicBool>,
}

#[service_group]
struct Storage {
    log: Log,
    is_broken: Arc<AtomicBool>,
    #[service(
        start = Index { log: log.clone(), is_broken: Arc::clone(is_broken) },
        stop = index.log.note("-index"),
        check = !index.is_broken.load(Ordering::Relaxed),
    )]
    index: Index,
    #[service(start = { let _ = index; Probe::new("search", log).stopping_for(1_000) }, stop_within = "3s")]
    search: Probe,
}

#[service_group(stop_within = "11s", lame_duck = "1s")]
struct App {
    log: Log,
    #[group]
    group: GroupHandle,
    #[service(given)]
    storage: Running<Storage>,
    #[service(start = { let _ = (storage, group); Probe::new("gateway", log) }, stop_within = "1s")]
    gateway: Probe,
}

async fn storage(log: &Log) -> (Running<Storage>, Arc<AtomicBool>) {
    let is_broken = Arc::default();
    let storage = Storage::start(log.clone(), Arc::clone(&is_broken)).await;
    (storage.expect("starts"), is_broken)
}

#[test]
fn it_is_stopped_in_its_place_as_a_group() {
    paused(async {
        let log = Log::default();
        let app = App::start(log.clone(), storage(&log).await.0).await.expect("starts");
        let nested = app.start_report().service("storage").expect("a row").nested.is_some();
        assert!(!nested, "its start was none of this group's");
        let report = app.stop().await;
        assert!(report.is_clean(), "{report}");
        assert_eq!(log.lines().join(" "), "+search +gateway -gateway ~gateway -search ~search -index");
        let details = &report.service("storage").expect("a row").details;
        assert!(
            matches!(&details[..], [Detail::Group(inner)] if inner.service("search").is_some()),
            "{details:?}"
        );
    });
}

#[test]
fn its_status_checks_and_drain_are_those_of_a_nested_group() {
    paused(async {
        let log = Log::default();
        let (storage, is_broken) = storage(&log).await;
        let (inner, was_ready) = (storage.handle(), storage.handle().is_ready());
        assert!(was_ready);
        let app = App::runner(log.clone(), storage).lame_duck(ms(1_000)).start().await.expect("starts");
        let group = app.handle();
        let status = group.status();
        let nested = status.service("storage").and_then(|row| row.nested.as_ref()).expect("a group");
        assert_eq!(nested.group_name, "Storage");
        is_broken.store(true, Ordering::Relaxed);
        assert_eq!(group.check().await.failures[0].service, "storage.index");
        assert!(!group.is_ready());
        is_broken.store(false, Ordering::Relaxed);
        assert!(group.check().await.is_ready());

        // A change inside wakes those that watch the group around it.
        let mut changes = group.changes();
        assert!(changes.next().await.is_some());
        let hold = inner.hold("maintenance");
        let status =
            timeout(ms(1_000), changes.next()).await.expect("the group around is told").expect("runs");
        let nested = status.service("storage").and_then(|row| row.nested.as_ref()).expect("a group");
        assert!(!nested.not_ready.is_empty());
        drop(hold);

        // The lame duck of the group around is the drain of this one.
        assert!(inner.is_ready());
        let running = tokio::spawn(app.stopped());
        group.request_stop();
        sleep(ms(500)).await;
        assert!(!inner.is_ready());
        assert_eq!(log.lines().join(" "), "+search +gateway");
        assert!(running.await.expect("no panic").is_clean());
    });
}

/// A request from inside stops the group around it, and a forced stop reaches the services inside.
#[test]
fn a_forced_stop_from_inside_reaches_both() {
    paused(async {
        let log = Log::default();
        let storage = storage(&log).await.0;
        let inner = storage.handle();
        let app = App::runner(log.clone(), storage).lame_duck(ms(5_000)).stop_within(ms(60_000));
        let app = app.start().await.expect("starts");
        let group = app.handle();
        let begun = tokio::time::Instant::now();
        let stopped = tokio::spawn(app.stopped());
        inner.force_stop();
        let report = stopped.await.expect("no panic");
        assert!(begun.elapsed() < ms(5_000), "the lame duck ends");
        assert_eq!(group.status().stop.map(|stop| stop.forced), Some(true));
        let row = report.service("storage").expect("a row");
        assert_eq!(row.outcome.to_string(), "forced", "`search` takes 1 s, and has 300 ms: {report}");
    });
}

/// A value in place of a start that is a group has started before, too.
#[test]
fn a_group_in_place_of_a_start_is_nested_too() {
    #[service_group]
    struct Outer {
        log: Log,
        #[service(start = Storage::start(log.clone(), Arc::default()).await?)]
        storage: Running<Storage>,
    }
    paused(async {
        let log = Log::default();
        let storage = storage(&log).await.0;
        let outer = Outer::runner(log.clone()).replace(Outer::KEYS.storage, storage);
        let outer = outer.start().await.expect("starts");
        let status = outer.handle().status();
        assert!(status.service("storage").and_then(|row| row.nested.as_ref()).is_some());
        assert!(outer.stop().await.is_clean());
    });
}

/// The link to the group around ends with the group: nothing is left that waits.
#[test]
fn nothing_is_left_when_the_group_is_dropped() {
    paused(async {
        let log = Log::default();
        let app = App::start(log.clone(), storage(&log).await.0).await.expect("starts");
        drop(app);
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
    });
}
