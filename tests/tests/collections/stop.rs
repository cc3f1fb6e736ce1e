//! The stop of members: all at the same time, each with an outcome of its own.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use service_group::{
    BoxError, BoxService, Detail, Service, ServiceExit, StopContext, StopOutcome, StopOutcomeKind,
    service_group,
};
use service_group_tests::{Log, Probe, paused};

use crate::{Act, Member, members, ms, outcomes};

#[service_group(stop_within = "20s")]
struct App {
    log: Log,
    acts: Vec<Act>,
    #[service(start = Probe::new("base", log), stop_within = "1s")]
    base: Probe,
    #[service(start = { let _ = base; members(acts, log) }, stop_within = "4s")]
    several: Vec<Member>,
    #[service(start = { let _ = several; Probe::new("user", log) }, stop_within = "1s")]
    user: Probe,
}

#[test]
fn all_stop_at_the_same_time_in_the_place_of_their_field() {
    paused(async {
        let log = Log::default();
        let app = App::start(log.clone(), vec![Act::Stops(300), Act::Stops(100)]).await.expect("starts");
        let report = app.stop().await;
        let expected = "+base, +user, -user, ~user, -0 at 0, -1 at 0, ~1, ~0, -base, ~base";
        assert_eq!(log.text(), expected);
        assert_eq!(report.stop_duration, ms(300));
        assert!(report.is_clean(), "{report}");
        let several = report.service("several").expect("reported");
        assert_eq!(several.outcome.kind(), StopOutcomeKind::Graceful);
        let took: Vec<_> =
            several.members().iter().map(|member| (member.name.as_str(), member.stop_duration)).collect();
        assert_eq!(took, [("several[0]", ms(300)), ("several[1]", ms(100))]);
        assert_eq!(report.service("several[1]").map(|member| member.stop_duration), Some(ms(100)));
        assert_eq!(report.to_string().lines().count(), 1, "{report}");
    });
}

/// Each is forced and aborted by itself, in the window of the field.
#[test]
fn what_goes_wrong_with_one_member_does_not_touch_the_others() {
    paused(async {
        let log = Log::default();
        let acts = [Act::Stops(50), Act::HangsInStop, Act::FailsInStop, Act::PanicsInStop, Act::Stops(3_900)];
        let app = App::start(log.clone(), acts.to_vec()).await.expect("starts");
        let report = app.stop().await;
        assert_eq!(
            outcomes(&report),
            [
                StopOutcomeKind::Graceful,
                StopOutcomeKind::Aborted,
                StopOutcomeKind::Failed,
                StopOutcomeKind::Panicked,
                StopOutcomeKind::Forced
            ],
            "{report}"
        );
        assert!(log.lines().contains(&"forced 1 at 3600".to_owned()), "{}", log.text());
        assert_eq!(report.stop_duration, ms(4_000), "{report}");
        assert!(log.text().ends_with("~1, -base, ~base"), "{}", log.text());
        let text = report.to_string();
        let headline = text.lines().next().unwrap_or_default();
        let verdict = "`several[1]` aborted, `several[2]` failed: 2 cannot close, `several[3]` panicked: 3 fell over, \
                       `several[4]` forced";
        assert!(headline.ends_with(verdict), "{headline}");
    });
}

#[test]
fn the_members_of_a_thousand_are_stopped_and_the_report_shows_those_that_went_wrong() {
    paused(async {
        let log = Log::default();
        let mut acts = vec![Act::Stops(10); 1_000];
        acts[777] = Act::FailsInStop;
        let app = App::start(log.clone(), acts).await.expect("starts");
        let report = app.stop().await;
        let several = report.service("several").expect("reported");
        assert_eq!(several.members().len(), 1_000);
        let failed: Vec<_> = several
            .members()
            .iter()
            .filter(|member| matches!(member.outcome, StopOutcome::Failed(_)))
            .map(|member| member.name.as_str())
            .collect();
        assert_eq!(failed, ["several[777]"]);
        let text = report.to_string();
        assert!(text.contains("several[777]"), "{text}");
        assert!(text.contains("999 more members, all gracefully"), "{text}");
        assert!(text.lines().count() < 12, "{text}");
        let stopped: HashSet<_> = log.lines().into_iter().filter(|line| line.starts_with('~')).collect();
        assert_eq!(stopped.len(), 1_002, "each member, and the two around");
    });
}

/// A second signal reaches every member.
#[test]
fn a_force_of_the_group_reaches_every_member() {
    paused(async {
        let log = Log::default();
        let app = App::start(log.clone(), vec![Act::HangsInStop, Act::HangsInStop]).await.expect("starts");
        let group = app.handle();
        let stop = tokio::spawn(app.stop());
        tokio::time::sleep(ms(100)).await;
        group.force_stop();
        let report = stop.await.expect("no panic");
        let lines = log.lines();
        let forced = lines.iter().filter(|line| line.starts_with("forced") && line.ends_with("at 100"));
        assert_eq!(forced.count(), 2, "{}", log.text());
        assert_eq!(report.stop_duration, ms(500), "{report}");
    });
}

/// Adds details, and a wrapper by hand around a collection.
struct Consumers(Vec<Member>);

impl Service for Consumers {
    fn finished(&self) -> impl Future<Output = ServiceExit> + Send + 'static {
        self.0.finished()
    }

    async fn stop(self, context: StopContext) -> Result<(), BoxError> {
        context.detail("stops its consumers");
        self.0.stop(context).await
    }
}

#[test]
fn a_service_by_hand_around_a_collection_reports_its_members() {
    #[service_group]
    struct Wrapped {
        log: Log,
        acts: Vec<Act>,
        #[service(start = Consumers(members(acts, log)))]
        consumers: Consumers,
        #[service(start = BoxService::new(Some(Box::new(members(acts, log)))), after(consumers))]
        boxed: BoxService,
    }
    paused(async {
        let log = Log::default();
        let app = Wrapped::start(log.clone(), vec![Act::Stops(0), Act::FailsInStop]).await.expect("starts");
        let report = app.stop().await;
        let consumers = report.service("consumers").expect("reported");
        assert!(matches!(&consumers.details[0], Detail::Note(note) if note == "stops its consumers"));
        let text = report.to_string();
        assert!(text.contains("`boxed[1]` failed: 1 cannot close, `consumers[1]`"), "{text}");
        assert_eq!(consumers.members().len(), 2);
    });
    paused(async {
        let log = Log::default();
        let app = Wrapped::start(log.clone(), vec![Act::Stops(0), Act::Fails(100)]).await.expect("starts");
        let cause = app.stop_requested().await.to_string();
        // Both fail at the same time.
        let causes = [
            "because `boxed[1]` failed: 1 lost its broker",
            "because `consumers` failed: `[1]` failed: 1 lost its broker",
        ];
        assert!(causes.contains(&cause.as_str()), "{cause}");
        let report = app.stop().await;
        assert_eq!(report.service("consumers").expect("reported").outcome.exit_code(), 1, "{report}");
    });
}

/// Blocks its thread in its stop until the gate opens.
struct Blocks(Arc<Mutex<Receiver<()>>>, Arc<AtomicBool>);

impl Service for Blocks {
    async fn stop(self, _: StopContext) -> Result<(), BoxError> {
        self.1.store(true, Ordering::Relaxed);
        // It is open when the sender is gone, too.
        let _ = self.0.lock().unwrap_or_else(PoisonError::into_inner).recv();
        Ok(())
    }
}

#[service_group]
struct Blocked {
    gate: (Arc<Mutex<Receiver<()>>>, Arc<AtomicBool>),
    log: Log,
    #[service(start = vec![
        BoxService::new(Member::new("works", Act::Stops(0), log)),
        BoxService::new(Blocks(Arc::clone(&gate.0), Arc::clone(&gate.1))),
    ], stop_within = "300ms")]
    several: Vec<BoxService>,
}

/// On a real clock.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_member_that_blocks_its_thread_is_stuck_alone() {
    let (open, gate): (Sender<()>, _) = channel();
    let has_blocked = Arc::new(AtomicBool::new(false));
    let gate = (Arc::new(Mutex::new(gate)), Arc::clone(&has_blocked));
    let report = Blocked::start(gate, Log::default()).await.expect("starts").stop().await;
    assert!(has_blocked.load(Ordering::Relaxed));
    let stuck: Vec<_> = report.stuck().iter().map(|service| service.name.to_string()).collect();
    assert_eq!(stuck, ["several", "several[1]"], "{report}");
    let works = report.service("several[0]").expect("reported");
    assert_eq!(works.outcome.kind(), StopOutcomeKind::Graceful, "{report}");
    drop(open);
}

/// Panics when it is attached.
struct Unattachable(Member);

impl Service for Unattachable {
    fn joined(&self, _: &service_group::ServiceContext) {
        assert_ne!(self.0.name, "bad", "no place");
    }

    async fn stop(self, context: StopContext) -> Result<(), BoxError> {
        self.0.stop(context).await
    }
}

/// The start fails, and all members are stopped: those before it, itself, and those after it.
#[test]
fn a_member_that_panics_as_it_joins_leaves_none_behind() {
    #[service_group]
    struct Joins {
        log: Log,
        #[service(start = ["a", "bad", "b"]
            .map(|name| Unattachable(Member::new(name, Act::Stops(10), log)))
            .into())]
        several: Vec<Unattachable>,
    }
    paused(async {
        let log = Log::default();
        let error = Joins::start(log.clone()).await.expect_err("one panics");
        assert!(format!("{error:#}").starts_with("`several` panicked in its start: "), "{error:#}");
        // They take the same time, so that their ends have no order.
        let mut lines = log.lines();
        lines[3..].sort();
        assert_eq!(lines, ["-a at 0", "-bad at 0", "-b at 0", "~a", "~b", "~bad"]);
        let report = error.report().expect("reported");
        assert_eq!(outcomes(report), [StopOutcomeKind::Graceful; 3], "{report}");
    });
}
