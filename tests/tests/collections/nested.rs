//! Groups as members.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use service_group::{
    BoxError, GroupHandle, GroupPhase, Key, Plan, Running, Service, ServiceExit, StopContext,
    StopOutcomeKind, service_group, start_each, start_each_keyed,
};
use service_group_tests::{Log, paused};
use tokio::time::sleep;

use crate::{Act, Member, ms};

#[service_group(stop_within = "8s")]
struct Shard {
    log: Log,
    name: String,
    act: Act,
    #[group]
    group: GroupHandle,
    #[service(start = Member::start(&format!("{name}.wal"), 0, log).await?, stop_within = "1s")]
    wal: Member,
    #[service(start = {
        let _ = (wal, group);
        start_index(name, *act, log).await?
    }, stop_within = "2s", check = true)]
    index: Ready,
}

/// A clone that a check can have.
#[derive(Debug, Clone)]
struct Ready(Arc<Mutex<Option<Member>>>);

impl Service for Ready {
    fn finished(&self) -> impl Future<Output = ServiceExit> + Send + 'static {
        let member = self.0.lock().expect("no panic");
        let finished: Pin<Box<dyn Future<Output = ServiceExit> + Send>> =
            Box::pin(member.as_ref().expect("it is there").finished());
        finished
    }

    async fn stop(self, context: StopContext) -> Result<(), BoxError> {
        let member = self.0.lock().expect("no panic").take().expect("it is there");
        member.stop(context).await
    }
}

async fn start_index(name: &str, act: Act, log: &Log) -> Result<Ready, BoxError> {
    let member = Member::new(format!("{name}.index"), act, log);
    match name {
        "hangs" => std::future::pending().await,
        "fails" => Err("index is corrupt".into()),
        _ => Ok(Ready(Arc::new(Mutex::new(Some(member))))),
    }
}

#[service_group(stop_within = "10s")]
struct App {
    log: Log,
    shards: Vec<(&'static str, Act)>,
    #[service(start = start_each_keyed(shards.iter().map(|(name, act)| {
        (*name, Shard::start(log.clone(), (*name).to_owned(), *act))
    })).await?)]
    shards_by_name: BTreeMap<&'static str, Running<Shard>>,
}

#[test]
fn the_plan_has_the_slowest_path_of_the_group_once() {
    assert_eq!(App::PLAN.slowest_stop(), ms(3_000));
    let key: Key<App, BTreeMap<&'static str, Running<Shard>>> = App::KEYS.shards_by_name;
    let plan = App::PLAN.service(key).expect("it is there");
    assert_eq!(plan.nested().map(Plan::name), Some("Shard"));
}

#[test]
fn each_group_has_its_own_status_and_report() {
    paused(async {
        let log = Log::default();
        let acts = vec![("a", Act::Stops(100)), ("b", Act::HangsInStop)];
        let app = App::start(log.clone(), acts).await.expect("starts");
        let group = app.handle();
        let status = group.status();
        let shard = status.service("shards_by_name[b]").expect("it is there");
        let nested = shard.nested.as_ref().expect("a group");
        assert_eq!((nested.group_name, nested.phase), ("Shard", GroupPhase::Running));
        let report = app.stop().await;
        let stops: Vec<_> = log.lines().into_iter().filter(|line| line.starts_with('-')).collect();
        // The slowest path of the other service in a shard is one second. Ten less that is the window of the index.
        assert_eq!(stops, ["-a.index at 0", "-b.index at 0", "-a.wal at 100", "-b.wal at 2000"]);
        let outcome = |name: &str| report.service(name).expect("reported").outcome.kind();
        assert_eq!(outcome("shards_by_name[a]"), StopOutcomeKind::Graceful, "{report}");
        assert_eq!(outcome("shards_by_name[b]"), StopOutcomeKind::Forced, "{report}");
        let inner = report.service("shards_by_name[b]").and_then(|shard| shard.nested()).expect("reported");
        assert_eq!(inner.service("index").expect("reported").outcome.kind(), StopOutcomeKind::Aborted);
    });
}

#[test]
fn a_failure_inside_names_the_whole_path() {
    paused(async {
        let log = Log::default();
        let app = App::start(log.clone(), vec![("a", Act::Stops(0)), ("b", Act::Fails(100))])
            .await
            .expect("starts");
        let cause = app.stop_requested().await;
        assert_eq!(
            cause.to_string(),
            "because `shards_by_name[b]` failed: `index` failed: b.index lost its broker"
        );
        drop(app.stop().await);
    });
}

/// A hold inside, and a check inside, count for the group around it, with the name of the member.
#[test]
fn what_holds_a_member_holds_the_group() {
    paused(async {
        let log = Log::default();
        let app =
            App::start(log.clone(), vec![("a", Act::Stops(0)), ("b", Act::Stops(0))]).await.expect("starts");
        let group = app.handle();
        assert!(group.is_ready());
        let hold = app.shards_by_name["b"].group.hold("rebuilds");
        assert!(!group.is_ready());
        assert_eq!(group.status().not_ready_reasons(), ["shards_by_name[b]: rebuilds"]);
        drop(hold);
        assert!(group.is_ready());
        assert!(group.check().await.is_ready());
        assert!(app.stop().await.is_clean());
    });
}

/// A group that starts when another member fails rolls itself back; one that had started is stopped.
#[test]
fn a_failed_member_rolls_the_others_back() {
    paused(async {
        let log = Log::default();
        let acts = ["a", "fails", "hangs"].map(|name| (name, Act::Stops(0)));
        let error = App::start(log.clone(), acts.to_vec()).await.expect_err("one fails");
        assert_eq!(
            format!("{error:#}"),
            "`shards_by_name` did not start: `shards_by_name[fails]` did not start: `index` did not start: index is corrupt"
        );
        let stopped: Vec<_> = log.lines().into_iter().filter(|line| line.starts_with('-')).collect();
        assert_eq!(stopped, ["-fails.wal at 0", "-a.index at 250", "-hangs.wal at 250", "-a.wal at 250"]);
        let report = error.report().expect("reported");
        let member = report.service("shards_by_name[a]").expect("it is named");
        assert_eq!(member.outcome.kind(), StopOutcomeKind::Graceful, "{report}");
        assert_eq!(
            report.service("shards_by_name").expect("reported").outcome.kind(),
            StopOutcomeKind::NotStarted
        );
    });
}

#[service_group]
struct Loops {
    log: Log,
    #[service(start = {
        let a = Shard::start(log.clone(), "a".to_owned(), Act::Stops(0)).await?;
        let b = Shard::start(log.clone(), "b".to_owned(), Act::Stops(0)).await?;
        vec![a, b]
    })]
    shards: Vec<Running<Shard>>,
    #[service(start = start_each([async { Ok::<_, BoxError>(Member::new("x", Act::Stops(0), log)) }]).await?)]
    members: Vec<Member>,
}

/// Groups that were started by hand are known by their members all the same.
#[test]
fn groups_that_a_loop_started_have_their_status() {
    paused(async {
        let log = Log::default();
        let app = Loops::start(log.clone()).await.expect("starts");
        let status = app.handle().status();
        for name in ["shards[0]", "shards[1]"] {
            assert!(status.service(name).expect("it is there").nested.is_some(), "{name}");
        }
        sleep(ms(10)).await;
        assert!(app.stop().await.is_clean());
    });
}
