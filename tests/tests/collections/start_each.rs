//! Starts of members, side by side.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::future::pending;

use service_group::report::StartOutcome;
use service_group::{
    BoxError, GroupHandle, StartErrorKind, StopCause, StopOutcomeKind, Task, service_group, start_each,
    start_each_keyed,
};
use service_group_tests::{Log, paused};
use tokio::time::{Instant, sleep, timeout};

use crate::{Member, ms};

/// How a member starts.
#[derive(Debug, Clone, Copy)]
enum Start {
    After(u64),
    FailsAfter(u64),
    PanicsAfter(u64),
    Hangs,
}

async fn start(name: &str, start: Start, log: &Log) -> Result<Member, BoxError> {
    match start {
        Start::After(after) => Member::start(name, after, log).await,
        Start::FailsAfter(after) => {
            sleep(ms(after)).await;
            Err(format!("no route to {name}").into())
        }
        Start::PanicsAfter(after) => {
            sleep(ms(after)).await;
            panic!("{name} has no address")
        }
        Start::Hangs => pending().await,
    }
}

#[service_group]
struct App {
    log: Log,
    starts: Vec<(&'static str, Start)>,
    stop_after: Option<u64>,
    #[group]
    group: GroupHandle,
    #[service(start = request(group.clone(), *stop_after))]
    request: Task,
    #[service(start = Member::new("base", crate::Act::Stops(0), log))]
    base: Member,
    #[service(start = {
        let _ = base;
        start_each_keyed(starts.iter().map(|(name, how)| (*name, start(name, *how, log)))).await?
    }, start_within = "10s")]
    several: BTreeMap<&'static str, Member>,
}

/// Requests the stop after so many milliseconds.
fn request(group: GroupHandle, after: Option<u64>) -> Task {
    Task::spawn(move |stop| async move {
        let Some(after) = after else { return drop(stop.requested().await) };
        sleep(ms(after)).await;
        group.request_stop();
    })
}

async fn run(
    starts: &[(&'static str, Start)],
) -> (Log, Result<service_group::Running<App>, service_group::StartError>) {
    let log = Log::default();
    let app = App::start(log.clone(), starts.to_vec(), None).await;
    (log, app)
}

#[test]
fn members_start_side_by_side_and_the_start_report_has_each() {
    paused(async {
        let begun = Instant::now();
        let (log, app) = run(&[("b", Start::After(300)), ("a", Start::After(200))]).await;
        let app = app.expect("starts");
        assert_eq!(begun.elapsed(), ms(300));
        assert_eq!(log.text(), "+a at 200, +b at 300");
        let report = app.start_report();
        let several =
            report.service("several").and_then(|several| several.nested.as_ref()).expect("has members");
        let took: Vec<_> = several
            .services
            .iter()
            .map(|member| (member.name.as_str(), member.start_duration, member.outcome))
            .collect();
        let started = StartOutcome::Started;
        assert_eq!(took, [("several[a]", ms(200), started), ("several[b]", ms(300), started)]);
        let text = report.to_string();
        assert!(text.contains("    several[a]"), "{text}");
        assert!(app.stop().await.is_clean());
    });
}

/// Of many members those have rows that did not start, and the slowest.
#[test]
fn the_start_report_of_many_members_is_short() {
    #[service_group]
    struct Many {
        log: Log,
        #[service(start = start_each((0..1_000_u64).map(|after| Member::start("x", after, log))).await?)]
        several: Vec<Member>,
        #[service(start = vec![Member::new("y", crate::Act::Stops(0), log)])]
        unknown: Vec<Member>,
    }
    paused(async {
        let app = Many::start(Log::default()).await.expect("starts");
        let report = app.start_report();
        let text = report.to_string();
        assert_eq!(text.lines().count(), 1 + 2 + 10, "{text}");
        assert!(text.contains("several[999]") && !text.contains("several[989]"), "{text}");
        assert!(text.contains("started, 990 more members"), "{text}");
        assert!(report.service("unknown").is_some_and(|unknown| unknown.nested.is_none()));
        drop(app.stop().await);
    });
}

#[test]
fn when_one_fails_those_that_have_started_are_stopped_and_named() {
    paused(async {
        let begun = Instant::now();
        let starts = [
            ("fast", Start::After(50)),
            ("bad", Start::FailsAfter(100)),
            ("worse", Start::FailsAfter(200)),
            ("hangs", Start::Hangs),
            ("slow", Start::After(800)),
        ];
        let (log, app) = run(&starts).await;
        let error = app.expect_err("two fail");
        assert_eq!(
            format!("{error:#}"),
            "`several` did not start: `several[bad]` and `several[worse]` did not start: no route to bad"
        );
        assert_eq!(begun.elapsed(), ms(350), "those under way have 250 ms more");
        assert_eq!(log.text(), "+fast at 50, -fast at 350, ~fast, -base at 350, ~base");
        let report = error.report().expect("reported");
        let outcome = |name: &str| report.service(name).expect("reported").outcome.kind();
        assert_eq!(
            (outcome("several"), outcome("several[fast]")),
            (StopOutcomeKind::NotStarted, StopOutcomeKind::Graceful),
            "{report}"
        );
        assert_eq!(
            (outcome("several[bad]"), outcome("several[hangs]")),
            (StopOutcomeKind::NotStarted, StopOutcomeKind::NotStarted)
        );
    });
}

#[test]
fn a_stop_request_stops_those_that_have_started() {
    paused(async {
        let log = Log::default();
        let starts = vec![("fast", Start::After(50)), ("hangs", Start::Hangs)];
        let error = App::start(log.clone(), starts, Some(100)).await.expect_err("it was stopped");
        assert!(matches!(error.kind(), StartErrorKind::Stopped(StopCause::Requested)), "{error}");
        assert_eq!(log.text(), "+fast at 50, -fast at 100, ~fast, -base at 100, ~base");
        let report = error.report().expect("reported");
        assert!(report.service("several[fast]").is_some(), "{report:#}");
        assert!(report.is_clean(), "{report}");
    });
}

#[test]
fn a_start_that_hangs_ends_with_the_window_of_the_field() {
    paused(async {
        let begun = Instant::now();
        let (log, app) = run(&[("fast", Start::After(50)), ("hangs", Start::Hangs)]).await;
        let error = app.expect_err("one hangs");
        assert_eq!(begun.elapsed(), ms(10_000));
        assert!(matches!(error.kind(), StartErrorKind::TimedOut(_)), "{error}");
        assert_eq!(log.text(), "+fast at 50, -fast at 10000, ~fast, -base at 10000, ~base");
    });
}

#[test]
fn a_panic_stops_the_others_and_is_one_of_the_field() {
    paused(async {
        let (log, app) = run(&[("fast", Start::After(50)), ("bad", Start::PanicsAfter(100))]).await;
        let error = app.expect_err("one panics");
        assert!(matches!(error.kind(), StartErrorKind::Panicked(_)), "{error}");
        let text = format!("{error:#}");
        assert_eq!(
            text,
            "`several` panicked in its start: `several[bad]` panicked in its start: bad has no address"
        );
        assert_eq!(log.text(), "+fast at 50, -fast at 100, ~fast, -base at 100, ~base");
    });
}

/// A map would keep one of them, and drop the other without its stop.
#[test]
fn two_members_of_one_name_are_an_error() {
    paused(async {
        let (log, app) = run(&[("a", Start::After(0)), ("b", Start::After(0)), ("a", Start::After(0))]).await;
        let error = app.expect_err("there are two");
        assert_eq!(format!("{error:#}"), "`several` did not start: there are two members `several[a]`");
        assert_eq!(log.text(), "-base at 0, ~base", "nothing of it was started");
    });
}

#[test]
fn with_retry_all_start_again() {
    #[service_group]
    struct Retries {
        log: Log,
        attempts: std::sync::Arc<std::sync::atomic::AtomicU64>,
        #[service(start = start_each(
            [("a", Start::After(0)), second(attempts)].map(async |(name, how)| start(name, how, log).await)
        ).await?, retry = "100ms..1s")]
        several: Vec<Member>,
    }
    fn second(attempts: &std::sync::atomic::AtomicU64) -> (&'static str, Start) {
        let attempt = attempts.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        ("b", if attempt == 0 { Start::FailsAfter(0) } else { Start::After(0) })
    }
    paused(async {
        let log = Log::default();
        let app = Retries::start(log.clone(), std::sync::Arc::default()).await.expect("starts");
        let lines: Vec<_> = log
            .lines()
            .into_iter()
            .map(|line| line.split(' ').next().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(lines, ["+a", "-a", "~a", "+a", "+b"]);
        let status = app.handle().status();
        let several = status.service("several").expect("it is there");
        assert_eq!((several.attempts, several.members().len()), (2, 2));
        assert!(app.stop().await.is_clean());
    });
}

/// Dropped by the start expression itself, which has to know what that means.
#[test]
fn a_start_that_is_dropped_drops_what_has_started_and_holds_up_no_stop() {
    #[service_group]
    struct Drops {
        log: Log,
        #[group]
        group: GroupHandle,
        #[service(start = request(group.clone(), Some(200)))]
        request: Task,
        #[service(start = {
            let each = start_each([Start::After(0), Start::Hangs].map(async |how| start("a", how, log).await));
            let first = timeout(ms(100), each).await;
            assert!(first.is_err());
            pending::<()>().await;
            Vec::new()
        })]
        several: Vec<Member>,
    }
    paused(async {
        let log = Log::default();
        let begun = Instant::now();
        Drops::start(log.clone()).await.expect_err("it was stopped");
        assert_eq!(begun.elapsed(), ms(200));
        assert_eq!(log.text(), "+a at 0, ~a");
    });
}

/// Outside of a group the members have no field, and a window of five seconds.
#[test]
fn it_works_outside_of_a_group() {
    paused(async {
        let log = Log::default();
        let both = start_each(["a", "b"].map(async |name| Member::start(name, 10, &log).await)).await;
        assert_eq!(both.expect("both start").len(), 2);
        let error =
            start_each([Start::After(0), Start::FailsAfter(10)].map(async |how| start("x", how, &log).await));
        let error = error.await.expect_err("one fails");
        assert_eq!(format!("{error:#}"), "`[1]` did not start: no route to x");
        let none = start_each(std::iter::empty::<std::future::Ready<Result<Task, BoxError>>>()).await;
        assert!(none.expect("nothing to start").is_empty());
    });
}

/// The futures need not be `'static`, nor `Sync`.
#[test]
fn the_futures_may_borrow() {
    paused(async {
        let (log, count) = (Log::default(), Cell::new(0));
        let names = ["a".to_owned(), "b".to_owned()];
        let starts = names.iter().map(|name| {
            count.set(count.get() + 1);
            Member::start(name, 0, &log)
        });
        let members: Vec<_> = start_each(starts).await.expect("start");
        assert_eq!((members.len(), count.get()), (2, 2));
    });
}
