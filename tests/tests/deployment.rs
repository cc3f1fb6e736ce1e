//! The settings for Kubernetes and systemd follow from the plan.

use std::collections::BTreeMap;
use std::time::Duration;

use petgraph::algo::all_simple_paths;
use petgraph::graph::DiGraph;
use proptest::prelude::*;
use serde_json::Value;
use service_group::plan::{Edge, EdgeKind, ServicePlan};
use service_group::{Plan, Service, StopContext, service_group};

const SECOND: Duration = Duration::from_secs(1);

/// A service of no consequence.
#[derive(Debug)]
pub struct Part;

impl Part {
    fn start(_: &[&Self]) -> Self {
        Self
    }
}

impl Service for Part {
    async fn stop(self, _: StopContext) -> Result<(), service_group::BoxError> {
        Ok(())
    }
}

/// Two paths of starts, times that are not whole seconds, a lame duck.
#[service_group(stop_within = "19500ms", lame_duck = "5s")]
#[derive(Debug)]
pub struct App {
    #[service(start = Part::start(&[]), start_within = "20s")]
    store: Part,
    #[service(start = Part::start(&[]), start_within = "25s")]
    cache: Part,
    #[service(start = Part::start(&[store, cache]), start_within = "2500ms")]
    rpc: Part,
    #[service(start = Part::start(&[]), after(store), start_within = "2s")]
    jobs: Part,
}

/// All defaults.
#[service_group]
#[derive(Debug)]
pub struct Plain {
    #[service(start = Part::start(&[]))]
    one: Part,
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn number(settings: &Value, pointer: &str) -> Option<u64> {
    settings.pointer(pointer).map(|value| value.as_u64().unwrap_or_else(|| panic!("a number: {value}")))
}

/// The settings of the one section of a unit.
fn unit(text: &str) -> BTreeMap<&str, &str> {
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    assert_eq!(lines.next(), Some("[Service]"), "{text}");
    lines.map(|line| line.split_once('=').unwrap_or_else(|| panic!("`{line}`"))).collect()
}

#[test]
fn the_settings_of_a_pod_are_those_of_the_plan() {
    let settings = yaml(&App::PLAN.kubernetes().container("orders").port("8080").to_string());
    assert_eq!(number(&settings, "/spec/terminationGracePeriodSeconds"), Some(22));
    assert_eq!(settings["spec"]["containers"].as_array().unwrap().len(), 1);
    let container = &settings["spec"]["containers"][0];
    let probes = serde_json::json!({
        "name": "orders",
        // 27.5 s and 1 s, and the probe at 0 s.
        "startupProbe": {"httpGet": {"path": "/startupz", "port": 8080}, "periodSeconds": 1, "failureThreshold": 30},
        // The third failure is at most 3 s after the start of the lame duck.
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": 8080}, "periodSeconds": 1, "failureThreshold": 3},
        "livenessProbe": {"httpGet": {"path": "/livez", "port": 8080}, "periodSeconds": 10, "failureThreshold": 3},
    });
    assert_eq!(container, &probes);
    let plain = yaml(&Plain::PLAN.kubernetes().to_string());
    assert_eq!(plain["spec"]["containers"][0]["name"], "app");
    let readiness = &plain["spec"]["containers"][0]["readinessProbe"];
    assert_eq!((&readiness["periodSeconds"], &readiness["failureThreshold"]), (&10.into(), &3.into()));
    assert_eq!(plain["spec"]["containers"][0]["livenessProbe"]["httpGet"]["port"], "http");
}

#[test]
fn the_settings_of_a_unit_are_those_of_the_plan() {
    let text = App::PLAN.systemd().to_string();
    let expected = [
        ("KillMode", "mixed"),
        ("Restart", "on-failure"),
        ("TimeoutStartSec", "29"),
        ("TimeoutStopSec", "22"),
        ("Type", "notify"),
        ("WatchdogSec", "30"),
    ];
    assert_eq!(unit(&text), BTreeMap::from(expected), "{text}");
}

/// The comments are what a reader sees first: why each number is what it is.
#[test]
fn each_setting_says_why() {
    let text = App::PLAN.kubernetes().to_string();
    let heading = "# from the plan of `App`, which stops within 19.5 s: lame duck 5 s, slowest path 10 s\n";
    assert!(text.starts_with(heading), "{text}");
    assert!(text.contains("# 27.5 s, the start windows of cache → rpc.\n"), "{text}");
    assert!(text.contains("for 5 s after SIGTERM it goes on serving"), "{text}");
    let text = Plain::PLAN.kubernetes().to_string();
    assert!(text.contains("give the group a `lame_duck`"), "{text}");
    let text = App::PLAN.systemd().to_string();
    assert!(
        text.contains("# 27.5 s, the start windows of cache → rpc, and 1 s until the first begins.\n"),
        "{text}"
    );
}

/// A runner's budget is in its own plan.
#[test]
fn a_runner_has_settings_of_its_own() {
    let runner = Plain::runner().stop_within(Duration::from_mins(1)).lame_duck(Duration::from_secs(40));
    let settings = yaml(&runner.plan().kubernetes().to_string());
    assert_eq!(number(&settings, "/spec/terminationGracePeriodSeconds"), Some(62));
    let readiness = &settings["spec"]["containers"][0]["readinessProbe"];
    assert_eq!((&readiness["periodSeconds"], &readiness["failureThreshold"]), (&10.into(), &3.into()));
    assert_eq!(unit(&runner.plan().systemd().to_string())["TimeoutStopSec"], "62");
}

/// Up to 9 services with a start window each; each needs any earlier ones.
fn services() -> impl Strategy<Value = Vec<(u64, Vec<usize>)>> {
    (1_usize..9).prop_flat_map(|count| {
        let one = |index: usize| {
            let needs = proptest::sample::subsequence((0..index).collect::<Vec<_>>(), 0..=index);
            (1_u64..40_000, needs)
        };
        (0..count).map(one).collect::<Vec<_>>()
    })
}

fn plan_of(services: &[(u64, Vec<usize>)], stop_within: Duration, lame_duck: Duration) -> Plan {
    let plans = services.iter().map(|(start, needs)| {
        let needs: Vec<_> = needs.iter().map(|&needed| Edge::new(needed, EdgeKind::Use)).collect();
        ServicePlan::with_stop("part", needs.leak(), &[], Some(Duration::from_millis(*start)), None)
    });
    Plan::leaked("Any", Some(stop_within), Some(lame_duck), plans.collect(), (0..services.len()).collect())
}

/// Every path there is, one by one.
fn slowest_start(services: &[(u64, Vec<usize>)]) -> Duration {
    let mut graph = DiGraph::new();
    let nodes: Vec<_> = services.iter().map(|(start, _)| graph.add_node(*start)).collect();
    for (index, (_, needs)) in services.iter().enumerate() {
        for &needed in needs {
            graph.add_edge(nodes[needed], nodes[index], ());
        }
    }
    let alone = nodes.iter().map(|&node| graph[node]);
    let pairs = nodes.iter().flat_map(|&from| nodes.iter().map(move |&to| (from, to)));
    let paths = pairs.flat_map(|(from, to)| {
        let paths = all_simple_paths::<Vec<_>, _, std::hash::RandomState>(&graph, from, to, 0, None);
        paths.map(|path| path.iter().map(|&node| graph[node]).sum()).collect::<Vec<u64>>()
    });
    Duration::from_millis(alone.chain(paths).max().unwrap_or(0))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// No manager gives up on the process before the process has, nor much later; and a lame duck that a probe can
    /// notice is noticed within it.
    #[test]
    fn the_settings_of_any_plan_leave_it_its_time(
        services in services(),
        stop_within in 1_u64..600_000,
        lame_duck in prop_oneof![Just(0), 1_u64..120_000],
    ) {
        let lame_duck = Duration::from_millis(lame_duck);
        let plan = plan_of(&services, Duration::from_millis(stop_within), lame_duck);
        prop_assert_eq!(plan.slowest_start(), slowest_start(&services));
        let hard = plan.stop_within() + SECOND;

        let settings = yaml(&plan.kubernetes().to_string());
        let grace = Duration::from_secs(number(&settings, "/spec/terminationGracePeriodSeconds").unwrap());
        prop_assert!(hard < grace && grace < hard + 2 * SECOND);
        let probe = |of: &str, what: &str| number(&settings, &format!("/spec/containers/0/{of}Probe/{what}")).unwrap();
        let fails = |of: &str| (probe(of, "periodSeconds"), probe(of, "failureThreshold"));
        // The first failure may come at once.
        let (period, failures) = fails("startup");
        let given_up = Duration::from_secs(period * (failures - 1));
        prop_assert!(plan.slowest_start() + SECOND <= given_up && given_up < plan.slowest_start() + 2 * SECOND);
        let (period, failures) = fails("readiness");
        prop_assert!(lame_duck < SECOND || Duration::from_secs(period * failures) <= lame_duck);

        let text = plan.systemd().to_string();
        let seconds = |name: &str| Duration::from_secs(unit(&text)[name].parse().unwrap());
        prop_assert_eq!(seconds("TimeoutStopSec"), grace);
        let start = seconds("TimeoutStartSec");
        prop_assert!(plan.slowest_start() + SECOND <= start && start < plan.slowest_start() + 2 * SECOND);
    }
}
