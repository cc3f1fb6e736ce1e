//! Random groups, and what holds for the order of their stops.

use std::time::Duration;

use petgraph::algo::toposort;
use petgraph::graph::DiGraph;
use petgraph::visit::EdgeRef;
use proptest::prelude::*;
use service_group::dynamic::CallKind;
use service_group_tests::{Act, Event, History, Service};

const DEFAULT_WINDOW: Duration = Duration::from_secs(5);

/// Up to 24 services; each needs any earlier ones, and `stop_order` goes from later ones to earlier ones.
pub(crate) fn services(stop: impl Strategy<Value = Act> + Clone) -> impl Strategy<Value = Vec<Service>> {
    (1_usize..24).prop_flat_map(move |count| {
        let one = |index: usize| {
            let earlier = prop::collection::vec(0..index.max(1), 0..3.min(index + 1));
            let needs = earlier.clone().prop_map(move |mut needs| {
                needs.retain(|&needed| needed < index);
                needs.sort_unstable();
                needs.dedup();
                needs
            });
            let cap = prop::option::of((100_u64..8_000).prop_map(Duration::from_millis));
            (needs.clone(), needs, stop.clone(), cap)
        };
        (0..count).map(one).collect::<Vec<_>>().prop_map(|services| {
            let service = |(needs, stops_before, stop, cap)| Service {
                stops_before,
                cap,
                stop,
                ..Service::new(needs, Duration::ZERO)
            };
            services.into_iter().map(service).collect()
        })
    })
}

/// The edges of the stop, from the service that is asked first.
pub(crate) fn stop_graph(services: &[Service]) -> DiGraph<(), ()> {
    let mut graph = DiGraph::new();
    let nodes: Vec<_> = services.iter().map(|_| graph.add_node(())).collect();
    for (index, service) in services.iter().enumerate() {
        for &later in service.needs.iter().chain(&service.stops_before) {
            graph.update_edge(nodes[index], nodes[later], ());
        }
    }
    graph
}

/// The longest path where each service takes so long.
pub(crate) fn longest(graph: &DiGraph<(), ()>, takes: impl Fn(usize) -> Duration) -> Duration {
    let mut ends = vec![Duration::ZERO; graph.node_count()];
    for node in toposort(graph, None).expect("no cycle") {
        let ahead = graph.edges_directed(node, petgraph::Incoming).map(|edge| ends[edge.source().index()]);
        ends[node.index()] = ahead.max().unwrap_or_default() + takes(node.index());
    }
    ends.into_iter().max().unwrap_or_default()
}

pub(crate) fn assert_order(graph: &DiGraph<(), ()>, history: &History) {
    for edge in graph.edge_references() {
        let (first, second) = (edge.source().index(), edge.target().index());
        let (gone, asked) = (history.place(Event::Gone(first)), history.place(Event::StopRequest(second)));
        // Services that never started neither wait nor are waited for.
        let in_order = gone.is_none() || asked.is_none() || gone < asked;
        assert!(in_order, "s{second} was asked before s{first} was gone: {:?}", history.events());
    }
}

pub(crate) fn window(service: &Service) -> Duration {
    service.cap.unwrap_or(DEFAULT_WINDOW)
}

/// What is special about one service.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Plain,
    Retries(u32),
    Replaced,
    Given,
    MayFail(Duration),
    StartsAfterTheFirst,
}

/// What the calls of a service do, by the index of their kind.
pub(crate) type Calls = [Option<Act>; CallKind::ALL.len()];

pub(crate) fn kind() -> impl Strategy<Value = (Kind, Calls, u64)> {
    let kind = prop_oneof![
        4 => Just(Kind::Plain),
        1 => (0_u32..5).prop_map(Kind::Retries),
        1 => Just(Kind::Replaced),
        1 => Just(Kind::Given),
        1 => (0_u64..400).prop_map(|ms| Kind::MayFail(Duration::from_millis(ms))),
        1 => Just(Kind::StartsAfterTheFirst),
    ];
    let call = prop::option::of(prop_oneof![
        3 => (0_u64..300).prop_map(|ms| Act::Takes(Duration::from_millis(ms))),
        1 => (0_u64..300).prop_map(|ms| Act::Fails(Duration::from_millis(ms))),
        1 => (0_u64..300).prop_map(|ms| Act::Panics(Duration::from_millis(ms))),
        1 => Just(Act::Hangs),
    ]);
    (kind, prop::array::uniform(call), 0_u64..60)
}

pub(crate) fn apply_kind(
    (index, (service, (kind, calls, start))): (usize, (Service, (Kind, Calls, u64))),
) -> Service {
    let service = Service { calls, start: Act::Takes(Duration::from_millis(start)), ..service };
    match kind {
        Kind::Retries(failed) => Service { failed_attempts: Some(failed), ..service },
        Kind::Replaced => Service { is_replaced: true, ..service },
        Kind::Given => Service { is_given: true, ..service },
        Kind::MayFail(after) => Service { fails_after: Some(after), ..service },
        Kind::StartsAfterTheFirst if index > 0 && !service.needs.contains(&0) => {
            Service { start_after: vec![0], ..service }
        }
        Kind::Plain | Kind::StartsAfterTheFirst => service,
    }
}
