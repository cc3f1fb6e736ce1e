//! Random groups, and real signals at random moments of their lives: in the start, while checks and reloads run, in the stop.
//!
//! One test in a process of its own, since a signal is one of the whole process.
#![cfg(unix)]

#[path = "../engine_random/groups.rs"]
mod groups;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use groups::{apply_kind, assert_order, kind, longest, services, stop_graph, window};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseResult, TestRunner};
use rustix::process::{Signal, getpid, kill_process};
use service_group::dynamic::CallKind;
use service_group::{GroupHandle, Outcome};
use service_group_tests::{Act, Event, History, Service, scripted_with};

/// Signals, each so long after the one before it.
type Signals = Vec<(Duration, Signal)>;

/// Until a second signal counts as another one.
const ANOTHER: Duration = Duration::from_millis(300);

/// Hangups at any time, a signal that stops the group, more hangups, and perhaps one that forces it.
fn signals() -> impl Strategy<Value = Signals> {
    let ms = |range: std::ops::Range<u64>| range.prop_map(Duration::from_millis);
    let hangups = move || prop::collection::vec((ms(0..30), Just(Signal::HUP)), 0..4);
    let stop = (ms(0..90), prop_oneof![Just(Signal::TERM), Just(Signal::INT), Just(Signal::QUIT)]);
    let force = prop::option::weighted(0.3, (ms(0..50), Just(Signal::TERM)));
    (hangups(), stop, hangups(), force).prop_map(|(before, stop, after, force)| {
        let force = force.map(|(after, signal)| (ANOTHER + after, signal));
        before.into_iter().chain([stop]).chain(after).chain(force).collect()
    })
}

#[test]
fn signals_at_random_moments_stop_random_groups_in_order() {
    // Those that come before the first run has its handlers have no effect.
    for signal in [Signal::HUP, Signal::TERM, Signal::INT, Signal::QUIT] {
        signal_hook::flag::register(signal.as_raw(), Arc::new(AtomicBool::new(false)))
            .expect("it can be handled");
    }
    let takes = (0_u64..60).prop_map(|ms| Act::Takes(Duration::from_millis(ms)));
    let stops = prop_oneof![40 => takes, 1 => Just(Act::Takes(Duration::from_millis(700)))];
    let kinds = prop::collection::vec(kind(), 24);
    let strategy = (services(stops), kinds, signals(), any::<bool>());
    let config = ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() };
    let result = TestRunner::new(config).run(&strategy, |(services, kinds, signals, is_multi)| {
        let mut services: Vec<_> = services.into_iter().zip(kinds).enumerate().map(apply_kind).collect();
        // Without any reload, a hangup stops the group.
        services[0].calls[CallKind::Reload as usize].get_or_insert(Act::Takes(Duration::from_millis(3)));
        run(&services, &signals, is_multi)
    });
    result.expect("it holds for each group");
}

fn run(services: &[Service], signals: &Signals, is_multi: bool) -> TestCaseResult {
    let graph = stop_graph(services);
    let budget = longest(&graph, |index| window(&services[index])) + Duration::from_secs(1);
    // A signal that comes before the run is registered stops nothing.
    let (registered, is_registered) = channel();
    let (runner, history) = scripted_with(services.to_vec(), budget, move |handle| {
        let _ = registered.send(());
        keep_checking(handle);
    });
    // A signal that comes after the run ends nothing.
    let runner = runner.restore_default_signals(false);
    let mut runtime = if is_multi {
        tokio::runtime::Builder::new_multi_thread()
    } else {
        tokio::runtime::Builder::new_current_thread()
    };
    let runtime = runtime.enable_all().build().expect("a runtime can be built");
    let begun = Instant::now();
    let outcome = thread::scope(|scope| {
        scope.spawn(move || {
            is_registered.recv().expect("the run is registered");
            for (after, signal) in signals {
                thread::sleep(*after);
                kill_process(getpid(), *signal).expect("this process exists");
            }
        });
        runtime.block_on(runner.run())
    });
    drop(runtime);
    let took = begun.elapsed();
    check(services, &outcome, &history)?;
    assert_order(&graph, &history);
    prop_assert!(took < budget + Duration::from_secs(2), "took {took:?} of {budget:?}");
    Ok(())
}

fn check(services: &[Service], outcome: &Outcome, history: &History) -> TestCaseResult {
    let report = outcome.stop_report().expect("the budget holds");
    prop_assert!([0, 3].contains(&outcome.exit_code()), "{report}");
    for (index, service) in services.iter().enumerate() {
        let started =
            usize::from(service.is_replaced || service.is_given) + history.count(Event::Started(index));
        prop_assert!(started <= 1);
        prop_assert_eq!(history.count(Event::StopRequest(index)), started, "s{}: {}", index, report);
        prop_assert_eq!(history.count(Event::Gone(index)), started);
    }
    Ok(())
}

/// Checks again and again, so that a signal finds some under way.
fn keep_checking(handle: GroupHandle) {
    tokio::spawn(async move {
        while !handle.phase().is_stopping() {
            drop(handle.check().await);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
}
