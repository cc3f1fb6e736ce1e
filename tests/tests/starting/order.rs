//! `start_after`, default windows, and steps.

use std::time::Duration;

use service_group::plan::{DEFAULT_DROP_WITHIN, DEFAULT_SERVICE_STOP_WITHIN};
use service_group::{Task, service_group};
use service_group_tests::{Log, Probe, paused};
use tokio::time::sleep;

use super::ms;

#[service_group(stop_order(store, cache))]
struct App {
    log: Log,
    #[service(start = { sleep(ms(10)).await; Probe::new("store", log) }, start_after(cache))]
    store: Probe,
    #[service(start = { sleep(ms(50)).await; Probe::new("cache", log) })]
    cache: Probe,
    #[service(start = Probe::new("rpc", log), start_after(store))]
    rpc: Probe,
}

/// `store` starts after `cache` and also stops before it, by `stop_order`; `rpc` starts after `store` and stops whenever.
#[test]
fn start_after_orders_the_start_alone() {
    paused(async {
        let log = Log::default();
        let app = App::start(log.clone()).await.expect("starts");
        assert_eq!(log.lines().join(" "), "+cache +store +rpc");
        assert!(app.stop().await.is_clean());
        let lines = log.lines();
        let place = |line: &str| lines.iter().position(|seen| seen == line).expect("it happened");
        assert!(place("~store") < place("-cache"));
    });
    assert!(App::PLAN.starts_after("rpc", "cache"));
    assert!(!App::PLAN.stops_before("rpc", "cache"));
    let names = |order: Vec<&'static str>| order.join(" ");
    let name = |id: service_group::ServiceId| App::PLAN.services()[id.index()].name();
    assert_eq!(names(App::PLAN.start_order().map(name).collect()), "cache store rpc");
}

#[service_group(stop_order(early, late))]
struct Opposite {
    #[service(start = Task::spawn(|_| async {}))]
    early: Task,
    #[service(start = Task::spawn(|_| async {}), start_after(early))]
    late: Task,
}

/// No one order would do for both directions.
#[test]
fn the_two_directions_have_orders_of_their_own() {
    let name = |id: service_group::ServiceId| Opposite::PLAN.services()[id.index()].name();
    assert_eq!(Opposite::PLAN.start_order().map(name).collect::<Vec<_>>(), ["early", "late"]);
    assert_eq!(Opposite::PLAN.stop_order().map(name).collect::<Vec<_>>(), ["early", "late"]);
    let text = Opposite::PLAN.explain("late");
    assert!(
        text.contains("It also starts after these:\n  `early`, since `late` has `start_after(..)` with it"),
        "{text}"
    );
    let text = Opposite::PLAN.explain("early");
    assert!(text.contains("These also start after it:\n  `late`, which has `start_after(early)`"), "{text}");
    paused(async {
        assert!(Opposite::start().await.expect("starts").stop().await.is_clean());
    });
}

#[expect(dead_code, reason = "only its plan is read")]
#[service_group(start_within = "3s")]
struct Windows {
    #[service(start = String::new(), stop = drop(dropped))]
    dropped: String,
    #[service(start = String::new(), stop = { std::mem::drop(in_a_block); }, start_within = "1s")]
    in_a_block: String,
    #[service(start = String::new(), stop = drop(capped), stop_within = "2s")]
    capped: String,
    #[service(start = String::new(), stop = { let _: usize = closed.len(); })]
    closed: String,
    #[service(start = (), retry, may_fail)]
    step: (),
}

#[test]
fn default_windows() {
    let service = |name: &str| Windows::PLAN.service(name).expect("a service");
    let stop = |name: &str| service(name).window().guaranteed();
    assert_eq!(stop("dropped"), DEFAULT_DROP_WITHIN);
    assert_eq!(stop("in_a_block"), DEFAULT_DROP_WITHIN);
    assert_eq!(stop("capped"), Duration::from_secs(2));
    assert_eq!(stop("closed"), DEFAULT_SERVICE_STOP_WITHIN);
    assert_eq!(stop("step"), Duration::ZERO);
    assert_eq!(service("dropped").start_within(), Duration::from_secs(3));
    assert_eq!(service("in_a_block").start_within(), Duration::from_secs(1));
    let text = Windows::PLAN.explain("step");
    assert_eq!(
        text,
        "`step` starts within 3 s and stops within 0 µs.\n\
         A start that fails is tried again after 100 ms..5 s.\n\
         It may fail, and the group goes on.\n"
    );
}

#[service_group(stop_within = "1ms")]
struct Steps {
    log: Log,
    #[service(start = { sleep(ms(20)).await; log.note("migrated") })]
    migrations: (),
    #[service(start = log.note("seeded"), after(migrations))]
    seeds: (),
}

/// A step is done when it has started, and is clean in a stop without time.
#[test]
fn steps_run_in_order_and_reserve_no_time() {
    paused(async {
        let log = Log::default();
        let app = Steps::start(log.clone()).await.expect("starts");
        assert_eq!(log.lines().join(" "), "migrated seeded");
        tokio::task::yield_now().await;
        let status = app.handle().status();
        assert_eq!(status.services[0].state.to_string(), "done");
        let report = app.stop().await;
        assert!(report.is_clean(), "{report}");
    });
}
