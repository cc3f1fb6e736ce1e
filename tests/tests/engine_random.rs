//! Random groups against an oracle: order, exactly-once, and the time that the whole takes.

use std::time::Duration;

use petgraph::algo::toposort;
use petgraph::graph::DiGraph;
use petgraph::visit::EdgeRef;
use proptest::prelude::*;
use service_group::{GroupHandle, StopOutcome};
use service_group_tests::{Act, Event, History, Service, paused, scripted, scripted_with};

const DEFAULT_WINDOW: Duration = Duration::from_secs(5);

/// Up to 24 services; each needs any earlier ones, and `stop_order` goes from later ones to earlier ones.
fn services(stop: impl Strategy<Value = Act> + Clone) -> impl Strategy<Value = Vec<Service>> {
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
fn stop_graph(services: &[Service]) -> DiGraph<(), ()> {
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
fn longest(graph: &DiGraph<(), ()>, takes: impl Fn(usize) -> Duration) -> Duration {
    let mut ends = vec![Duration::ZERO; graph.node_count()];
    for node in toposort(graph, None).expect("no cycle") {
        let ahead = graph.edges_directed(node, petgraph::Incoming).map(|edge| ends[edge.source().index()]);
        ends[node.index()] = ahead.max().unwrap_or_default() + takes(node.index());
    }
    ends.into_iter().max().unwrap_or_default()
}

fn assert_order(graph: &DiGraph<(), ()>, history: &History) {
    for edge in graph.edge_references() {
        let (first, second) = (edge.source().index(), edge.target().index());
        let (gone, asked) = (history.place(Event::Gone(first)), history.place(Event::StopRequest(second)));
        // Services that never started neither wait nor are waited for.
        let in_order = gone.is_none() || asked.is_none() || gone < asked;
        assert!(in_order, "s{second} was asked before s{first} was gone: {:?}", history.events());
    }
}

fn window(service: &Service) -> Duration {
    service.cap.unwrap_or(DEFAULT_WINDOW)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Each service is asked once, when all before it are gone, and the whole takes the slowest path and no more.
    #[test]
    fn order_and_time(services in services((0_u64..90).prop_map(|ms| Act::Takes(Duration::from_millis(ms))))) {
        let graph = stop_graph(&services);
        let takes = |index: usize| match services[index].stop {
            Act::Takes(time) => time,
            _ => unreachable!(),
        };
        let budget = longest(&graph, |index| window(&services[index]));
        let slowest = longest(&graph, takes);
        let (runner, history) = scripted(services.clone(), budget);
        let report = paused(async { runner.start().await.expect("starts").stop().await });
        assert_order(&graph, &history);
        for index in 0..services.len() {
            prop_assert_eq!(history.count(Event::StopRequest(index)), 1);
            prop_assert_eq!(history.count(Event::Gone(index)), 1);
        }
        prop_assert!(report.is_clean(), "{}", report);
        prop_assert_eq!(report.stop_duration, slowest);
    }

    /// Starts that fail, panic or hang, and a request at any moment: the services that started are stopped once, in order,
    /// and no others are asked.
    #[test]
    fn a_start_rolls_back_from_anywhere(
        services in services((0_u64..90).prop_map(|ms| Act::Takes(Duration::from_millis(ms)))),
        starts in prop::collection::vec(prop_oneof![
            8 => (0_u64..90).prop_map(|ms| Act::Takes(Duration::from_millis(ms))),
            1 => (0_u64..90).prop_map(|ms| Act::Fails(Duration::from_millis(ms))),
            1 => (0_u64..90).prop_map(|ms| Act::Panics(Duration::from_millis(ms))),
            1 => Just(Act::Hangs),
        ], 24),
        request in prop::option::of((0_u64..400).prop_map(Duration::from_millis)),
    ) {
        let services: Vec<_> =
            services.into_iter().zip(starts).map(|(service, start)| Service { start, ..service }).collect();
        let graph = stop_graph(&services);
        let budget = longest(&graph, |index| window(&services[index]));
        let request = move |handle: GroupHandle| {
            tokio::spawn(async move {
                match request {
                    Some(after) => tokio::time::sleep(after).await,
                    None => std::future::pending().await,
                }
                handle.request_stop();
            });
        };
        let (runner, history) = scripted_with(services.clone(), budget, request);
        let report = paused(async {
            match runner.start().await {
                Ok(running) => running.stop().await,
                Err(error) => error.report().expect("the budget holds").clone(),
            }
        });
        for (index, service) in services.iter().enumerate() {
            let started = history.count(Event::Started(index));
            prop_assert!(started <= 1);
            prop_assert_eq!(history.count(Event::StopRequest(index)), started, "s{}: {}", index, report);
            prop_assert_eq!(history.count(Event::Gone(index)), started);
            for &needed in service.needs.iter().filter(|_| history.count(Event::Starts(index)) > 0) {
                prop_assert!(history.place(Event::Started(needed)) < history.place(Event::Starts(index)));
            }
        }
        assert_order(&graph, &history);
        prop_assert!(report.stop_duration <= budget, "took {:?} of {:?}", report.stop_duration, budget);
    }

    /// Whatever some services do, each gets its window, and the group ends within the least budget that the plan allows.
    #[test]
    fn every_service_gets_its_window(
        services in services(prop_oneof![
            (0_u64..10_000).prop_map(|ms| Act::Takes(Duration::from_millis(ms))),
            (0_u64..10_000).prop_map(|ms| Act::Fails(Duration::from_millis(ms))),
            (0_u64..10_000).prop_map(|ms| Act::Panics(Duration::from_millis(ms))),
            Just(Act::Hangs),
        ])
    ) {
        let graph = stop_graph(&services);
        let budget = longest(&graph, |index| window(&services[index]));
        let (runner, history) = scripted(services.clone(), budget);
        let report = paused(async { runner.start().await.expect("starts").stop().await });
        assert_order(&graph, &history);
        prop_assert!(report.stop_duration <= budget, "took {:?} of {budget:?}: {}", report.stop_duration, report);
        for (index, service) in services.iter().enumerate() {
            prop_assert_eq!(history.count(Event::StopRequest(index)), 1);
            let seen = report.service(&format!("s{index}")).expect("reported");
            prop_assert!(seen.window >= window(service), "s{index} got {:?}: {}", seen.window, report);
            if let Some(cap) = service.cap {
                prop_assert_eq!(seen.window, cap);
            }
            let ended_in_time = |time: Duration| time < seen.window;
            prop_assert!(match (service.stop, &seen.outcome) {
                (Act::Takes(time), StopOutcome::Graceful | StopOutcome::Forced)
                | (Act::Fails(time), StopOutcome::Failed(_)) => ended_in_time(time),
                (Act::Panics(time), StopOutcome::Panicked(message)) => ended_in_time(time) && message == "scripted panic",
                (Act::Takes(time) | Act::Fails(time) | Act::Panics(time), StopOutcome::Aborted) => time >= seen.window,
                (Act::Hangs, StopOutcome::Aborted) => true,
                _ => false,
            }, "{:?}, {}", service.stop, report);
        }
    }
}
