//! Random groups against an oracle: order, exactly-once, and the time that the whole takes.

mod groups;

use std::collections::BTreeSet;
use std::time::Duration;

use groups::{apply_kind, assert_order, kind, longest, services, stop_graph, window};
use proptest::prelude::*;
use service_group::{GroupHandle, Key, StopOutcome};
use service_group_tests::{Act, Event, Service, paused, scripted, scripted_with};

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
        given in prop::collection::vec(prop::bool::weighted(0.2), 24),
        request in prop::option::of((0_u64..400).prop_map(Duration::from_millis)),
    ) {
        let services: Vec<_> = services.into_iter().zip(starts).zip(given).map(|((service, start), is_given)| {
            Service { start, is_given, ..service }
        }).collect();
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
            let started = usize::from(service.is_given) + history.count(Event::Started(index));
            prop_assert!(started <= 1);
            prop_assert_eq!(history.count(Event::StopRequest(index)), started, "s{}: {}", index, report);
            prop_assert_eq!(history.count(Event::Gone(index)), started);
            for &needed in service.needs.iter().filter(|_| history.count(Event::Starts(index)) > 0) {
                let (started, starts) = (history.place(Event::Started(needed)), history.place(Event::Starts(index)));
                prop_assert!(services[needed].is_given || started.is_some() && started < starts);
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

    /// Attempts, values in place of starts, values that are given, services that are left out and that may fail, checks and reloads under way, and a
    /// request at any moment. Calls delay no stop; what is left out is never started; a value is stopped in its place, also where
    /// nothing uses it.
    #[test]
    fn whatever_starts_and_runs_is_stopped_in_order(
        services in services((0_u64..90).prop_map(|ms| Act::Takes(Duration::from_millis(ms)))),
        kinds in prop::collection::vec(kind(), 24),
        named in prop::option::of(prop::collection::vec(0_usize..24, 0..4)),
        request in (0_u64..600).prop_map(Duration::from_millis),
    ) {
        let services: Vec<_> = services.into_iter().zip(kinds).enumerate().map(apply_kind).collect();
        let graph = stop_graph(&services);
        let budget = longest(&graph, |index| window(&services[index]));
        let included = named.as_ref().map(|named| included(&services, named));
        let is_included = |index: usize| included.as_ref().is_none_or(|all| all.contains(&index));
        // A value for what is left out is an error before the first start, which other tests know.
        let services: Vec<_> = services.into_iter().enumerate().map(|(index, service)| {
            Service { is_replaced: service.is_replaced && is_included(index), ..service }
        }).collect();
        let (runner, history) = scripted_with(services.clone(), budget, move |handle| keep_asking(&handle, request));
        let report = paused(async {
            let outcome = match named {
                Some(named) => {
                    let ids = named.iter().filter(|index| **index < services.len());
                    let ids: Vec<_> = ids.map(|&index| Key::<(), ()>::new(index).id()).collect();
                    runner.signals(false).only(ids).run().await
                }
                None => runner.signals(false).run().await,
            };
            outcome.stop_report().expect("the budget holds").clone()
        });
        let takes = |index: usize| match services[index].stop {
            Act::Takes(time) if history.count(Event::StopRequest(index)) > 0 => time,
            _ => Duration::ZERO,
        };
        for (index, service) in services.iter().enumerate() {
            let started = usize::from(service.is_replaced || service.is_given) + history.count(Event::Started(index));
            prop_assert!(started <= 1);
            prop_assert_eq!(history.count(Event::StopRequest(index)), started, "s{}: {}", index, report);
            prop_assert_eq!(history.count(Event::Gone(index)), started);
            if service.is_replaced || service.is_given || !is_included(index) {
                prop_assert_eq!(history.count(Event::Starts(index)), 0);
            }
            let earlier = service.needs.iter().chain(&service.start_after);
            for &earlier in earlier.filter(|_| history.count(Event::Starts(index)) > 0) {
                let is_there = services[earlier].is_replaced || services[earlier].is_given || !is_included(earlier);
                let (started, starts) = (history.place(Event::Started(earlier)), history.place(Event::Starts(index)));
                prop_assert!(is_there || started.is_some() && started < starts, "s{}: {:?}", index, history.events());
            }
        }
        assert_order(&graph, &history);
        prop_assert!(report.is_clean(), "{}", report);
        prop_assert!(report.stop_duration <= longest(&graph, takes) + Duration::from_millis(1), "{}", report);
    }
}

/// Checks and reloads again and again, and requests the stop in the end.
fn keep_asking(handle: &GroupHandle, request: Duration) {
    let (checked, reloaded, stopped) = (handle.clone(), handle.clone(), handle.clone());
    tokio::spawn(async move {
        while !checked.phase().is_stopping() {
            drop(checked.check().await);
            tokio::time::sleep(Duration::from_millis(7)).await;
        }
    });
    tokio::spawn(async move {
        while !reloaded.phase().is_stopping() {
            drop(reloaded.reload().await);
            tokio::time::sleep(Duration::from_millis(11)).await;
        }
    });
    tokio::spawn(async move {
        tokio::time::sleep(request).await;
        stopped.request_stop();
    });
}

/// The services that are named, and those that they need.
fn included(services: &[Service], named: &[usize]) -> BTreeSet<usize> {
    let mut all = BTreeSet::new();
    let mut added: Vec<_> = named.iter().copied().filter(|index| *index < services.len()).collect();
    while let Some(index) = added.pop() {
        if all.insert(index) {
            added.extend(&services[index].needs);
        }
    }
    all
}
