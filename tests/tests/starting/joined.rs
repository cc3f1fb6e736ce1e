//! Several starts that fail in one run.

use std::future::pending;
use std::time::Duration;

use service_group::{BoxError, GroupHandle, StartErrorKind, service_group};
use service_group_tests::paused;
use tokio::time::{Instant, sleep};

use super::{HandOver, ms};

async fn fails(after: Duration, error: &str) -> Result<(), BoxError> {
    sleep(after).await;
    Err(error.into())
}

#[service_group]
struct Wrong {
    #[service(start = fails(ms(10), "wrong address 1").await?)]
    first: (),
    #[service(start = fails(ms(50), "wrong address 2").await?)]
    second: (),
    #[service(start = { sleep(ms(100)).await; panic!("wrong address 3") })]
    third: (),
    #[service(start = sleep(ms(30)).await)]
    good: (),
    #[service(start = { let () = good; unreachable!("nothing new starts after a failure") })]
    after_good: (),
}

/// Three wrong addresses, one run.
#[test]
fn failures_of_starts_under_way_are_joined() {
    paused(async {
        let begun = Instant::now();
        let error = Wrong::start().await.expect_err("three are wrong");
        assert_eq!(begun.elapsed(), ms(100), "it waits for the starts under way, and no longer");
        assert_eq!(error.service().map(AsRef::as_ref), Some("first"));
        let others: Vec<_> = error.others().iter().map(|other| format!("{other:#}")).collect();
        assert_eq!(
            others,
            ["`second` did not start: wrong address 2", "`third` panicked in its start: wrong address 3"]
        );
        assert_eq!(
            format!("{error:#}"),
            "`first` did not start: wrong address 1; also `second` did not start: wrong address 2; \
             also `third` panicked in its start: wrong address 3"
        );
        assert!(matches!(error.others()[1].kind(), StartErrorKind::Panicked(_)));
    });
}

#[service_group]
struct Alone {
    #[service(start = fails(ms(10), "wrong").await?)]
    only: (),
    #[service(start = { let () = only; }, stop = drop(after))]
    after: (),
}

#[test]
fn without_starts_under_way_there_is_no_wait() {
    paused(async {
        let begun = Instant::now();
        let error = Alone::start().await.expect_err("wrong");
        assert_eq!((begun.elapsed(), error.others().len()), (ms(10), 0));
    });
}

#[service_group]
struct Slow {
    out: HandOver,
    #[group]
    group: GroupHandle,
    #[service(start = out.put(group))]
    handle: (),
    #[service(start = fails(ms(10), "wrong").await?)]
    wrong: (),
    #[service(start = pending().await)]
    hangs: (),
}

#[test]
fn a_start_that_hangs_is_waited_for_250_ms() {
    paused(async {
        let begun = Instant::now();
        let error = Slow::start(HandOver::default()).await.expect_err("wrong");
        assert_eq!((begun.elapsed(), error.others().len()), (ms(260), 0));
    });
}

#[test]
fn a_stop_request_ends_the_wait_and_the_failure_stays_the_reason() {
    paused(async {
        let out = HandOver::default();
        let running = tokio::spawn(Slow::start(out.clone()));
        sleep(ms(100)).await;
        let begun = Instant::now();
        out.handle().request_stop();
        let error = running.await.expect("no panic").expect_err("wrong");
        assert_eq!(begun.elapsed(), Duration::ZERO);
        assert_eq!(format!("{error:#}"), "`wrong` did not start: wrong");
    });
}

#[service_group]
struct Retrying {
    #[service(start = Err("connection refused")?, retry = "1s..1s", start_within = "10s")]
    client: (),
    #[service(start = fails(ms(3500), "wrong").await?)]
    wrong: (),
}

#[test]
fn a_service_between_two_attempts_counts_with_its_last_error() {
    paused(async {
        let begun = Instant::now();
        let error = Retrying::start().await.expect_err("both fail");
        assert_eq!(begun.elapsed(), ms(3500));
        let [client] = error.others() else { panic!("{error:?}") };
        assert_eq!((client.service().as_ref(), client.attempts()), ("client", 4));
        assert_eq!(format!("{client:#}"), "`client` did not start in 4 attempts: connection refused");
    });
}

#[service_group]
struct TwoHang {
    #[service(start = pending().await, start_within = "1s")]
    one: (),
    #[service(start = pending().await, start_within = "1100ms")]
    other: (),
}

#[test]
fn windows_that_pass_shortly_after_each_other_are_joined() {
    paused(async {
        let error = TwoHang::start().await.expect_err("both hang");
        assert_eq!(
            format!("{error:#}"),
            "`one` did not start within 1 s; also `other` did not start within 1.10 s"
        );
    });
}
