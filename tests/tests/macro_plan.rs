//! The plan that the macro writes: edges, order, windows.

use std::time::Duration;

use service_group::plan::{Edge, EdgeKind, ServicePlan, Window};
use service_group::{BoxError, GroupHandle, Plan, Service, ServiceId, StopContext, service_group};

/// A service with a window of its own.
#[derive(Debug)]
struct Server;

impl Server {
    async fn bind(_: u16, _: &str) -> Result<Self, std::io::Error> {
        std::future::ready(Ok(Self)).await
    }
}

impl Service for Server {
    const STOP_WITHIN: Duration = Duration::from_secs(3);
    async fn stop(self, _: StopContext) -> Result<(), BoxError> {
        Ok(())
    }
}

#[derive(Debug, Clone)]
struct Store(String);

impl Store {
    fn open(path: &str) -> Result<Self, std::num::ParseIntError> {
        path.parse::<u8>().map(|path| Self(path.to_string()))
    }
    async fn close(self) -> Result<(), std::io::Error> {
        drop(self.0);
        std::future::ready(Ok(())).await
    }
}

#[derive(Debug)]
struct Config {
    data: String,
    rpc: u16,
}

/// The example of the design.
#[service_group(stop_within = "25s", lame_duck = "2s", stop_order(compaction, gateway, store))]
#[derive(Debug)]
pub struct App {
    config: Config,
    #[group]
    group: GroupHandle,
    #[service(start = Store::open(&config.data)?, stop = store.close().await)]
    store: Store,
    #[service(start = Server::bind(config.rpc, &store.0).await?, stop_within = "6s")]
    rpc: Server,
    #[service(start = { let _ = (rpc, group); Server::bind(config.rpc, "").await? }, start_within = "1m 30s")]
    gateway: Server,
    #[service(start = Server::bind(1, &format!("{store:?}")).await?, after(gateway), stop_within = "2s")]
    compaction: Server,
}

/// All keys that decide when a service starts.
#[service_group(stop_within = "1m")]
#[derive(Debug)]
pub struct Ends<T: Clone + Send + Sync + 'static> {
    given: T,
    #[service(start = Server, last)]
    registration: Server,
    #[service(start = { let _: (&Server, &T) = (registration, given); Server }, last)]
    second_registration: Server,
    #[service(start = Server)]
    alone: Server,
    #[cfg(any())]
    #[service(start = Missing)]
    missing: Missing,
    #[service(start = { let _: &Server = alone; Server }, after(alone, missing))]
    used: Server,
    #[service(start = Server, first)]
    logs: Server,
    #[service(start = { let _: &Server = logs; Server }, first, stop = drop(telemetry))]
    telemetry: Server,
}

fn edges(plan: &Plan, name: &str) -> Vec<(&'static str, EdgeKind)> {
    let service = plan.service(name).expect("a service");
    let named = |edge: &Edge| (plan.service(edge.service).expect("a service").name(), edge.kind);
    service.dependencies().iter().map(named).collect()
}

fn order(plan: &Plan) -> Vec<usize> {
    let order: Vec<_> = plan.start_order().map(ServiceId::index).collect();
    assert!(plan.stop_order().map(ServiceId::index).eq(order.iter().rev().copied()));
    order
}

#[test]
fn uses_become_edges() {
    let plan = App::PLAN;
    assert_eq!(plan.name(), "App");
    assert_eq!(edges(&plan, "store"), []);
    assert_eq!(edges(&plan, "rpc"), [("store", EdgeKind::Use)]);
    assert_eq!(edges(&plan, "gateway"), [("rpc", EdgeKind::Use)]);
    assert_eq!(edges(&plan, "compaction"), [("store", EdgeKind::Use), ("gateway", EdgeKind::After)]);
    assert_eq!(order(&plan), [0, 1, 2, 3]);
}

#[test]
fn the_stop_order_is_apart_from_the_edges() {
    let indices = |service: &ServicePlan| service.stops_before().map(ServiceId::index).collect::<Vec<_>>();
    let stops_before: Vec<_> = App::PLAN.services().iter().map(indices).collect();
    assert_eq!(stops_before, [vec![], vec![], vec![0], vec![2]]);
}

#[test]
fn first_and_last_are_few_edges_to_the_ends_of_the_others() {
    let plan = Ends::<u8>::PLAN;
    assert_eq!(edges(&plan, "logs"), []);
    assert_eq!(edges(&plan, "telemetry"), [("logs", EdgeKind::Use)]);
    assert_eq!(edges(&plan, "alone"), [("telemetry", EdgeKind::First)]);
    assert_eq!(edges(&plan, "used"), [("alone", EdgeKind::Use)]);
    assert_eq!(edges(&plan, "registration"), [("used", EdgeKind::Last)]);
    assert_eq!(edges(&plan, "second_registration"), [("registration", EdgeKind::Use)]);
    assert_eq!(order(&plan), [4, 5, 2, 3, 0, 1]);
    // Three services in a row, and the second of a field that is only dropped.
    assert_eq!(plan.slowest_stop(), Duration::from_secs(5 * 3 + 1));
}

#[test]
fn windows_are_those_of_the_fields_or_the_types() {
    let windows: Vec<Window> = App::PLAN.services().iter().map(ServicePlan::window).collect();
    let seconds = Duration::from_secs;
    assert_eq!(
        windows,
        [
            Window::Guaranteed(seconds(5)),
            Window::Capped(seconds(6)),
            Window::Guaranteed(seconds(3)),
            Window::Capped(seconds(2)),
        ]
    );
    assert_eq!(App::PLAN.services()[2].start_within(), seconds(90));
    assert_eq!(App::PLAN.stop_within(), seconds(25));
    assert_eq!(App::PLAN.lame_duck(), seconds(2));
    assert_eq!(App::PLAN.slowest_stop(), seconds(16));
}

/// Whether a path of edges leads from one service to another, by search.
fn leads(plan: &Plan, from: usize, to: usize, with_stop_order: bool) -> bool {
    let service = &plan.services()[from];
    let later = service.stops_before().filter(|_| with_stop_order);
    let next = service.dependencies().iter().map(|edge| edge.service).chain(later);
    next.map(ServiceId::index).any(|next| next == to || leads(plan, next, to, with_stop_order))
}

#[test]
fn the_order_of_two_services_is_that_of_all_paths() {
    let mut orders = [0, 0];
    for plan in [App::PLAN, Ends::<u8>::PLAN] {
        for (from, service) in plan.services().iter().enumerate() {
            for (to, other) in plan.services().iter().enumerate() {
                let (after, before) = (
                    plan.starts_after(service.name(), other.name()),
                    plan.stops_before(service.name(), other.name()),
                );
                assert_eq!(after, leads(&plan, from, to, false), "{} {}", service.name(), other.name());
                assert_eq!(before, leads(&plan, from, to, true), "{} {}", service.name(), other.name());
                orders[0] += usize::from(after);
                orders[1] += usize::from(before);
            }
        }
    }
    // Of `App`: rpc, gateway and compaction after store, gateway and compaction after rpc, compaction after gateway.
    assert_eq!(orders, [6 + 15, 6 + 15]);
}

#[test]
#[should_panic(expected = "the plan has no service of that name")]
fn the_order_of_a_name_that_is_no_service_is_refused() {
    let _ = App::PLAN.starts_after("store", "config");
}

#[test]
fn a_plan_explains_a_service() {
    assert_eq!(
        App::PLAN.explain("gateway"),
        "`gateway` starts within 1 m 30 s and stops within 3 s.\n\
         It starts after these, and stops before them:\n  \
           `rpc`, which its start uses\n  \
           `store`, through `rpc`\n\
         These start after it, and stop before it:\n  \
           `compaction`, which has `after(gateway)`\n"
    );
    let plan = Ends::<u8>::PLAN;
    let explained = ["registration", "logs", "alone"].map(|name| plan.explain(name));
    for (text, line) in explained.iter().zip([
        "`used`, since `registration` is `last`",
        "`telemetry`, whose start uses it",
        "`telemetry`, which is `first`",
    ]) {
        assert!(text.contains(line), "{text}");
    }
}

/// `stop_order` alone orders two services: only their stop.
#[service_group(stop_order(mail, cache))]
#[derive(Debug)]
pub struct Apart {
    #[service(start = Server)]
    cache: Server,
    #[service(start = Server)]
    mail: Server,
}

#[test]
fn the_order_of_the_stop_is_not_that_of_the_start() {
    assert!(Apart::PLAN.stops_before("mail", "cache") && !Apart::PLAN.starts_after("mail", "cache"));
    assert!(
        Apart::PLAN
            .explain("mail")
            .contains("It also stops before these:\n  `cache`, because of `stop_order`\n")
    );
    assert!(
        Apart::PLAN
            .explain("cache")
            .contains("These also stop before it:\n  `mail`, because of `stop_order`\n")
    );
}
