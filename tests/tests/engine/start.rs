//! The start when it does not go as hoped: errors, panics, hangs, requests in the middle.

use std::future::pending;
use std::time::Duration;

use service_group::{BoxError, GroupHandle, StartErrorKind, StopCause, Task, service_group};
use service_group_tests::{Fails, Log, Probe, paused};
use tokio::time::{Instant, sleep, timeout};

/// How the start of one service in the middle goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Middle {
    Starts,
    Fails,
    Panics,
    Hangs,
}

async fn middle(how: Middle, log: &Log) -> Result<Probe, BoxError> {
    match how {
        Middle::Starts => Ok(Probe::new("middle", log)),
        Middle::Fails => {
            let cause = std::io::Error::other("disk on fire");
            Err(Box::new(OpenError(cause)))
        }
        Middle::Panics => panic!("the middle panicked"),
        Middle::Hangs => pending().await,
    }
}

#[derive(Debug)]
struct OpenError(std::io::Error);

impl std::fmt::Display for OpenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("cannot open the table")
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[service_group(stop_within = "30s")]
struct Tower {
    log: Log,
    how: Middle,
    #[group]
    group: GroupHandle,
    #[service(start = Probe::new("ground", log))]
    ground: Probe,
    #[service(start = { let _ = ground; middle(*how, log).await? }, start_within = "2s")]
    middle: Probe,
    #[service(start = { let _ = middle; Probe::new("upper", log) })]
    upper: Probe,
    #[service(start = { let _ = (upper, group); Probe::new("top", log) })]
    top: Probe,
    #[service(start = { log.note("+aside"); Task::spawn(|stop| async move { drop(stop.requested().await) }) })]
    aside: Task,
}

#[test]
fn all_start_in_order_and_the_struct_can_be_used() {
    paused(async {
        let log = Log::default();
        let running = Tower::start(log.clone(), Middle::Starts).await.expect("starts");
        assert!(running.group.is_ready() && running.handle().is_ready());
        assert_eq!(running.how, Middle::Starts);
        assert!(running.stop().await.is_clean());
        let seen: Vec<_> = log.lines().into_iter().filter(|line| line != "+aside").collect();
        let expected = "+ground +middle +upper +top -top ~top -upper ~upper -middle ~middle -ground ~ground";
        assert_eq!(seen.join(" "), expected);
    });
}

/// Exactly those started are stopped, in order. The error names the service and its consumer, and has the whole chain.
#[test]
fn an_error_names_the_service_its_users_and_the_whole_chain() {
    paused(async {
        let log = Log::default();
        let error = Tower::start(log.clone(), Middle::Fails).await.expect_err("the middle fails");
        let own = "`middle` (needed by `upper`, needed by `top`) did not start";
        assert_eq!(error.to_string(), own);
        assert_eq!(format!("{error:#}"), format!("{own}: cannot open the table: disk on fire"));
        assert!(std::error::Error::source(&error).is_some_and(<dyn std::error::Error>::is::<OpenError>));
        assert_eq!(error.service().map(AsRef::as_ref), Some("middle"));
        assert_eq!(error.needed_by(), ["upper", "top"]);
        let StartErrorKind::Failed(cause) = error.kind() else { panic!("{:?}", error.kind()) };
        assert!(cause.is::<OpenError>(), "the user's own error can be had back");
        let seen: Vec<_> = log.lines().into_iter().filter(|line| line != "+aside").collect();
        assert_eq!(seen.join(" "), "+ground -ground ~ground");
        let report = error.report().expect("something had started");
        assert!(report.services.iter().all(|service| service.outcome.to_string() != "aborted"), "{report}");
        assert!(matches!(&report.cause, StopCause::NotStarted { service, .. } if service == "middle"));
    });
}

/// The payload of a panic in a start is kept.
#[test]
fn a_panic_keeps_its_payload() {
    paused(async {
        let error = Tower::start(Log::default(), Middle::Panics).await.expect_err("the middle panics");
        let expected =
            "`middle` (needed by `upper`, needed by `top`) panicked in its start: the middle panicked";
        assert_eq!(error.to_string(), expected);
    });
}

/// A start that hangs meets its window, and what has started is stopped.
#[test]
fn a_hanging_start_meets_its_window() {
    paused(async {
        let (log, begun) = (Log::default(), Instant::now());
        let error = Tower::start(log.clone(), Middle::Hangs).await.expect_err("the middle hangs");
        assert_eq!(begun.elapsed(), Duration::from_secs(2));
        let expected = "`middle` (needed by `upper`, needed by `top`) did not start within 2 s";
        assert_eq!(error.to_string(), expected);
        assert!(log.text().ends_with("+ground, +aside, -ground, ~ground"), "{}", log.text());
    });
}

/// A request in the middle of the start rolls it back, and a start that hangs does not hold it up.
#[test]
fn a_stop_request_rolls_the_start_back() {
    #[service_group]
    struct Asking {
        log: Log,
        #[group]
        group: GroupHandle,
        #[service(start = Probe::new("first", log))]
        one: Probe,
        #[service(start = { let _ = one; group.request_stop(); pending::<Probe>().await })]
        two: Probe,
    }
    paused(async {
        let (log, begun) = (Log::default(), Instant::now());
        let error = Asking::start(log.clone()).await.expect_err("stopped");
        assert!(matches!(error.kind(), StartErrorKind::Stopped(StopCause::Requested)), "{error}");
        assert_eq!(error.to_string(), "the start of `Asking` was given up on request");
        assert_eq!(begun.elapsed(), Duration::ZERO);
        assert_eq!(log.text(), "+first, -first, ~first");
    });
}

/// A request that comes in the very moment when the last service has started is not lost.
#[test]
fn a_stop_request_at_the_end_of_the_start_is_not_lost() {
    #[service_group]
    struct Late {
        log: Log,
        #[group]
        group: GroupHandle,
        #[service(start = { group.request_stop(); Probe::new("only", log) })]
        only: Probe,
    }
    paused(async {
        let log = Log::default();
        let stopped = match Late::start(log.clone()).await {
            Ok(running) => {
                timeout(Duration::from_secs(1), running.stop_requested()).await.expect("the request is kept");
                running.stop().await.is_clean()
            }
            Err(error) => matches!(error.kind(), StartErrorKind::Stopped(StopCause::Requested)),
        };
        assert!(stopped);
        assert_eq!(log.text(), "+only, -only, ~only");
    });
}

/// A service that dies before the group is ready is a start failure.
#[test]
fn a_service_that_dies_before_the_group_is_ready_fails_the_start() {
    #[service_group]
    struct Dying {
        log: Log,
        #[service(start = Fails(Duration::from_secs(1)))]
        dies: Fails,
        #[service(start = { sleep(Duration::from_secs(5)).await; Probe::new("slow", log) })]
        slow: Probe,
    }
    paused(async {
        let (log, begun) = (Log::default(), Instant::now());
        let error = Dying::start(log.clone()).await.expect_err("dies too early");
        assert_eq!(begun.elapsed(), Duration::from_secs(1));
        let expected = "the start of `Dying` was given up because `dies` failed: connection lost";
        assert_eq!(error.to_string(), expected);
        assert_eq!(log.text(), "", "the slow one was cancelled, and never existed");
    });
}

/// Dropped half-way, a start drops what has started in stop order, and cancels the rest.
#[test]
fn a_start_that_is_dropped_half_way_drops_in_stop_order() {
    paused(async {
        let log = Log::default();
        let start = Tower::start(log.clone(), Middle::Hangs);
        timeout(Duration::from_secs(1), start).await.expect_err("the middle hangs");
        // The runtime drops what the aborted start borrows when it next runs.
        while !log.text().contains("~ground") {
            tokio::task::yield_now().await;
        }
        assert!(log.text().ends_with("+ground, +aside, ~ground"), "{}", log.text());
    });
}
