//! Members that end by themselves.

use std::time::Duration;

use service_group::status::ServiceState;
use service_group::{GroupPhase, Running, ServiceExit, StopCause, StopOutcomeKind, service_group};
use service_group_tests::{Log, paused};
use tokio::time::{Instant, sleep};

use crate::{Act, Member, members, ms, outcomes};

#[service_group]
struct App {
    log: Log,
    acts: Vec<Act>,
    #[service(start = members(acts, log))]
    several: Vec<Member>,
}

#[service_group]
struct MayFail {
    log: Log,
    acts: Vec<Act>,
    #[service(start = members(acts, log), may_fail)]
    several: Vec<Member>,
}

fn states(app: &Running<App>) -> Vec<ServiceState> {
    let status = app.handle().status();
    let several = status.service("several").expect("it is there");
    let members = several.members().iter().map(|member| member.state);
    std::iter::once(several.state).chain(members).collect()
}

#[test]
fn a_collection_is_done_when_all_its_members_are() {
    paused(async {
        use ServiceState::{Done, Running};
        let log = Log::default();
        let app = App::start(log.clone(), vec![Act::Done(200), Act::Done(100)]).await.expect("starts");
        assert_eq!(states(&app), [Running, Running, Running]);
        sleep(ms(150)).await;
        assert_eq!(states(&app), [Running, Running, Done]);
        sleep(ms(100)).await;
        assert_eq!(states(&app), [Done, Done, Done]);
        assert_eq!(app.handle().status().phase, GroupPhase::Running);
        assert!(app.stop().await.is_clean());
    });
}

/// An early end hides no later failure, and the cause names the member.
#[test]
fn a_failure_of_a_member_is_one_of_the_group() {
    paused(async {
        let (log, begun) = (Log::default(), Instant::now());
        let acts = vec![Act::Done(50), Act::Fails(100), Act::Stops(10)];
        let app = App::start(log.clone(), acts).await.expect("starts");
        let cause = app.stop_requested().await;
        assert_eq!(begun.elapsed(), ms(100));
        assert_eq!(cause.to_string(), "because `several[1]` failed: 1 lost its broker");
        let report = app.stop().await;
        assert_eq!(report.service("several").expect("reported").outcome.exit_code(), 1);
        let text = report.to_string();
        let headline = text.lines().next().expect("has lines");
        assert_eq!(headline, "`App` stopped in 10 ms of 25 s because `several[1]` failed: 1 lost its broker");
        assert!(
            text.contains("several[1]  at     0 µs  took     0 µs of 25 s    failed: 1 lost its broker"),
            "{text}"
        );
    });
}

/// After one failure the others are still watched: what fails before its stop begins is a failure of its own.
#[test]
fn the_others_are_watched_after_a_failure() {
    #[service_group(lame_duck = "1s")]
    struct LameDuck {
        log: Log,
        #[service(start = members(&[Act::Fails(100), Act::Fails(300), Act::PanicsInFinished, Act::Stops(0)], log))]
        several: Vec<Member>,
    }
    paused(async {
        let log = Log::default();
        let runner = LameDuck::runner(log.clone()).lame_duck(ms(1_000));
        let app = runner.start().await.expect("starts");
        let cause = app.stop_requested().await;
        assert_eq!(cause.to_string(), "because `several[2]` failed: panicked: 2 is broken");
        let report = app.stop().await;
        assert_eq!(
            outcomes(&report),
            [
                StopOutcomeKind::Failed,
                StopOutcomeKind::Failed,
                StopOutcomeKind::Failed,
                StopOutcomeKind::Graceful
            ],
            "{report}"
        );
        let text = report.to_string();
        let verdict = "`several[0]` failed: 0 lost its broker, `several[1]` failed: 1 lost its broker";
        assert!(text.lines().next().expect("has lines").ends_with(verdict), "{text}");
    });
}

#[test]
fn each_member_of_a_collection_that_may_fail_fails_by_itself() {
    paused(async {
        let log = Log::default();
        let acts = vec![Act::Fails(100), Act::Done(200), Act::Stops(0)];
        let app = MayFail::start(log.clone(), acts).await.expect("starts");
        sleep(ms(300)).await;
        let status = app.handle().status();
        assert_eq!(status.phase, GroupPhase::Running);
        assert_eq!(status.degraded(), ["several[0]"]);
        assert_eq!(status.service("several").expect("it is there").state, ServiceState::Running);
        let report = app.stop().await;
        assert!(report.is_clean(), "{report}");
        assert_eq!(report.service("several[0]").expect("reported").outcome.kind(), StopOutcomeKind::Failed);
    });
    // When none is left, the collection has failed.
    paused(async {
        let log = Log::default();
        let app = MayFail::start(log.clone(), vec![Act::Fails(100), Act::Done(200)]).await.expect("starts");
        sleep(ms(150)).await;
        assert_eq!(app.handle().status().service("several").expect("there").state, ServiceState::Running);
        sleep(ms(100)).await;
        let status = app.handle().status();
        assert_eq!(status.service("several").expect("it is there").state, ServiceState::Failed);
        assert_eq!(status.degraded(), ["several[0]"]);
        assert!(!status.phase.is_stopping());
        assert!(app.stop().await.is_clean());
    });
}

#[test]
fn a_member_may_end_the_group() {
    struct Ends(Duration);
    impl service_group::Service for Ends {
        fn finished(&self) -> impl Future<Output = ServiceExit> + Send + 'static {
            let after = self.0;
            async move {
                sleep(after).await;
                ServiceExit::StopGroup
            }
        }
        async fn stop(self, _: service_group::StopContext) -> Result<(), service_group::BoxError> {
            Ok(())
        }
    }
    #[service_group]
    struct Ending {
        #[service(start = vec![Ends(ms(200)), Ends(ms(100))])]
        several: Vec<Ends>,
    }
    paused(async {
        let app = Ending::start().await.expect("starts");
        let cause = app.stop_requested().await;
        assert!(matches!(&cause, StopCause::Ended { service, .. } if *service == "several[1]"), "{cause}");
        assert!(app.stop().await.is_clean());
    });
}

/// A request to stop that comes before a failure of a member wins.
#[test]
fn a_failure_after_the_request_does_not_change_the_cause() {
    paused(async {
        let log = Log::default();
        let app = App::start(log.clone(), vec![Act::Fails(100), Act::Stops(300)]).await.expect("starts");
        let report = app.stop().await;
        assert!(matches!(report.cause, StopCause::Requested), "{report}");
        assert!(report.is_clean(), "{report}");
    });
}

/// Notes when its drain begins.
struct Drains(Log);

impl service_group::Service for Drains {
    fn joined(&self, context: &service_group::ServiceContext) {
        let (draining, log) = (context.draining(), self.0.clone());
        tokio::spawn(async move {
            draining.begun().await;
            log.time("drains");
        });
    }

    async fn stop(self, _: service_group::StopContext) -> Result<(), service_group::BoxError> {
        self.0.time("stops");
        Ok(())
    }
}

/// It begins with the lame duck, long before the members are told to stop.
#[test]
fn the_drain_reaches_every_member() {
    #[service_group(lame_duck = "1s")]
    struct LameDuck {
        log: Log,
        #[service(start = vec![Drains(log.clone()), Drains(log.clone())])]
        several: Vec<Drains>,
    }
    paused(async {
        let log = Log::default();
        let app = LameDuck::runner(log.clone()).lame_duck(ms(1_000)).start().await.expect("starts");
        sleep(ms(10)).await;
        assert!(app.stop().await.is_clean());
        assert_eq!(log.text(), "drains at 10, drains at 10, stops at 1010, stops at 1010");
    });
}
