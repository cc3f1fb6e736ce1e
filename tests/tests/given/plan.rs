//! The plan of a group with services that the caller gives.

use service_group::{Task, service_group};
use service_group_tests::{Log, Probe, paused};

use super::App;

const _: () = assert!(App::PLAN.starts_after("rpc", "pool"));
const _: () = assert!(!App::PLAN.starts_after("pool", "telemetry"), "`after` orders its stop only");
const _: () = assert!(!App::PLAN.starts_after("rpc", "telemetry"));
const _: () = assert!(App::PLAN.stops_before("pool", "telemetry"));

#[test]
fn it_has_a_window_for_the_stop_and_none_for_the_start() {
    let pool = App::PLAN.service(App::KEYS.pool).expect("a service");
    assert!(pool.is_given() && pool.start_within().is_zero());
    assert_eq!(App::PLAN.slowest_start().as_secs(), 30, "`telemetry`");
    assert_eq!(App::PLAN.slowest_stop().as_secs(), 15);
    let settings = App::PLAN.systemd().to_string();
    assert!(settings.contains("# 30 s, the start windows of telemetry, and 1 s"), "{settings}");
}

#[test]
fn a_plan_explains_it() {
    assert_eq!(
        App::PLAN.explain("pool"),
        "\
`pool` is given and stops within 5 s.
It also stops before these:
  `telemetry`, since `pool` has `after(..)` with it
These start after it, and stop before it:
  `rpc`, whose start uses it
"
    );
    assert_eq!(
        App::PLAN.explain("telemetry"),
        "\
`telemetry` starts within 30 s and stops within 5 s.
These also stop before it:
  `pool`, which has `after(telemetry)`
  `rpc`, through `pool`
"
    );
}

/// Its `after` and the `start_after` of another one are no cycle, since each orders one direction.
#[service_group]
struct Opposite {
    #[service(given, after(late))]
    pool: Probe,
    log: Log,
    #[service(start = { let _ = pool; Probe::new("early", log) })]
    early: Probe,
    #[service(start = Probe::new("late", log), start_after(early))]
    late: Probe,
}

#[test]
fn each_direction_has_an_order() {
    let names = |order: &mut dyn Iterator<Item = service_group::ServiceId>| -> Vec<_> {
        order.map(|id| Opposite::PLAN.service(id).expect("a service").name()).collect()
    };
    assert_eq!(names(&mut Opposite::PLAN.start_order()), ["pool", "early", "late"]);
    assert_eq!(names(&mut Opposite::PLAN.stop_order()), ["early", "pool", "late"]);
    paused(async {
        let log = Log::default();
        let app = Opposite::start(Probe::new("pool", &log), log.clone()).await.expect("starts");
        assert!(app.stop().await.is_clean());
        assert_eq!(log.lines().join(" "), "+pool +early +late -early ~early -pool ~pool -late ~late");
    });
}

#[service_group]
struct OnlyGiven {
    #[service(given)]
    first: Probe,
    #[service(given, after(first))]
    second: Probe,
}

#[test]
fn nothing_has_to_start() {
    assert!(OnlyGiven::PLAN.slowest_start().is_zero());
    let settings = OnlyGiven::PLAN.systemd().to_string();
    assert!(settings.contains("TimeoutStartSec=1\n"), "{settings}");
    assert!(settings.contains("# 0 s, since nothing starts, and 1 s"), "{settings}");
    paused(async {
        let log = Log::default();
        let app = OnlyGiven::start(Probe::new("first", &log), Probe::new("second", &log)).await;
        assert!(app.expect("starts").stop().await.is_clean());
        assert_eq!(log.lines().join(" "), "+first +second -second ~second -first ~first");
    });
}

/// Fields of the generic type of the struct, and one that a `cfg` removes.
#[service_group]
struct Generic<T: Send + Sync> {
    #[service(given, stop = drop(value))]
    value: T,
    #[cfg(any())]
    #[service(given)]
    removed: Probe,
    #[service(start = Task::spawn({ let _ = value; |_| async {} }))]
    task: Task,
}

#[test]
fn it_may_be_of_any_type() {
    paused(async {
        let app = Generic::start("a value".to_owned()).await.expect("starts");
        assert_eq!(app.value, "a value");
        assert!(app.stop().await.is_clean());
    });
}
