//! One case alone, and what users add: promises of their own, a client, a choice of faults.

use std::cell::RefCell;
use std::process::Command;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use service_group::testing::{self, Fault, FaultKind};
use service_group::{
    Running, StartErrorKind, StopCauseKind, StopOutcomeKind, StopToken, Task, service_group,
};

async fn work(stop: StopToken) {
    stop.requested().await;
}

#[service_group]
struct App {
    #[service(start = Task::spawn(work), retry = "1ms..1s")]
    store: Task,
    #[service(start = { let _ = store; Task::spawn(work) })]
    rpc: Task,
    #[service(start = { let _ = rpc; Task::spawn(work) })]
    gateway: Task,
}

#[service_group]
struct Outer {
    #[service(start = App::start().await?)]
    inner: Running<App>,
}

#[tokio::test]
async fn a_stop_that_hangs_uses_up_its_window_at_once_and_delays_no_other_stop() {
    let hangs = Fault::stop_hangs(App::KEYS.rpc.id());
    let report = testing::run(App::runner(), [hangs]).await;
    assert_eq!(report.outcome(App::KEYS.rpc.id()), Some(StopOutcomeKind::Aborted));
    assert_eq!(report.outcome("store"), Some(StopOutcomeKind::Graceful));
    assert!(report.stopped_before(App::KEYS.gateway.id(), App::KEYS.rpc.id()));
    assert!(report.stopped_before(App::KEYS.rpc, App::KEYS.store));
    assert!(!report.stopped_before(App::KEYS.store.id(), App::KEYS.rpc.id()));
    let stop = report.stop_report().unwrap();
    assert!(stop.stop_duration < stop.stop_within / 10, "{stop}");
    // What is left for those that stop later is what they are guaranteed, as if the window had passed in real time.
    let [rpc, store] = ["rpc", "store"].map(|service| stop.service(service).unwrap().window);
    let guaranteed = App::PLAN.service("store").unwrap().window().guaranteed();
    assert!(rpc > guaranteed && store >= guaranteed && store < guaranteed + guaranteed / 10, "{stop:#}");
}

#[tokio::test]
async fn a_start_that_hangs_or_fails_uses_up_its_window_at_once() {
    let report = testing::run(App::runner(), [Fault::start_hangs(App::KEYS.rpc.id())]).await;
    let error = report.start_error().unwrap();
    assert_eq!(error.to_string(), "`rpc` (needed by `gateway`) did not start within 30 s");
    assert!(
        !report.stopped_before(App::KEYS.gateway.id(), App::KEYS.store.id()),
        "the gateway had not started"
    );

    let report = testing::run(App::runner(), [Fault::start_fails(App::KEYS.store.id())]).await;
    let error = report.start_error().unwrap();
    assert!(matches!(error.kind(), StartErrorKind::Failed(_)) && error.attempts() == 1, "{error:#}");
}

#[tokio::test]
async fn a_fault_in_a_nested_group() {
    let fails = Fault::fails(App::KEYS.rpc.id()).inside(Outer::KEYS.inner.id());
    let report = testing::run(Outer::runner(), [fails]).await;
    let stop = report.stop_report().unwrap();
    assert_eq!(stop.cause.kind(), StopCauseKind::Failed);
    let nested = stop.service("inner").unwrap().nested().unwrap();
    assert_eq!(nested.service("rpc").unwrap().outcome.kind(), StopOutcomeKind::Failed);
}

#[tokio::test]
async fn a_choice_of_services_and_kinds_with_all_pairs() {
    let cases = Rc::new(RefCell::new(Vec::new()));
    let seen = Rc::clone(&cases);
    testing::faults(App::runner)
        .faults_in([App::KEYS.store.id(), App::KEYS.gateway.id()])
        .kinds([FaultKind::StopHangs, FaultKind::StopFails])
        .all_pairs()
        .verify(move |case, report| {
            assert!(report.stop_report().is_some());
            seen.borrow_mut().push((case.to_string(), case.faults().len()));
        })
        .await;
    let cases = cases.borrow();
    assert_eq!(cases.len(), 1 + 4 + 4, "{cases:?}");
    assert_eq!(cases[0], ("without a fault".to_owned(), 0));
    let pair = "the stop of `store` hangs, and the stop of `gateway` returns an error";
    assert!(cases.contains(&(pair.to_owned(), 2)), "{cases:?}");
}

#[tokio::test]
async fn one_case_alone_with_a_client_that_is_busy_when_the_fault_strikes() {
    let noticed = Arc::new(AtomicUsize::new(0));
    let client = Arc::clone(&noticed);
    testing::faults(App::runner)
        .only([Fault::fails(App::KEYS.gateway.id())])
        .during(move |parts| {
            let (busy, client, gateway) = (parts.busy(), Arc::clone(&client), format!("{:?}", parts.gateway));
            async move {
                tokio::task::yield_now().await;
                assert!(gateway.contains("Task"));
                client.fetch_add(1, Ordering::SeqCst);
                busy.reached();
                std::future::pending::<()>().await;
            }
        })
        .verify({
            let noticed = Arc::clone(&noticed);
            move |_, report| {
                assert_eq!(noticed.load(Ordering::SeqCst), 1, "the client was busy first");
                assert_eq!(report.outcome("gateway"), Some(StopOutcomeKind::Failed));
            }
        })
        .await;
    assert_eq!(noticed.load(Ordering::SeqCst), 1, "there was one case");
}

#[tokio::test]
#[should_panic(expected = "promised: what `verify` checks\n  happened: it panicked: order 7 is lost")]
async fn a_promise_of_the_user_that_is_broken() {
    testing::faults(App::runner).verify(|_, _| panic!("order 7 is lost")).await;
}

#[tokio::test]
#[should_panic(expected = "happened: it panicked: the answer is wrong")]
async fn a_client_that_panics() {
    testing::faults(App::runner).during(|_| async { panic!("the answer is wrong") }).await;
}

#[tokio::test]
#[should_panic(expected = "happened: it has not called `reached` within 5 s")]
async fn a_client_that_is_never_busy() {
    testing::faults(App::runner)
        .during(|parts| {
            let busy = parts.busy();
            async move { drop(busy) }
        })
        .await;
}

#[tokio::test]
#[should_panic(expected = "the start error names exactly the services at fault: none")]
async fn a_start_that_fails_without_a_fault() {
    let runner = App::runner().replace_start(App::KEYS.rpc, async { Err("no network".into()) });
    testing::run(runner, []).await;
}

#[tokio::test]
async fn a_sample_of_pairs() {
    let faults = testing::faults(App::runner).kinds([FaultKind::StopHangs, FaultKind::StopFails]);
    faults.sample_of_pairs(10, 7).await;
}

/// The variable belongs to a process: the test above runs in a process of its own, and its table is read.
#[test]
fn the_variable_asks_for_all_pairs_in_place_of_a_sample() {
    let pairs = |pairs: &str| -> usize {
        let mut process = Command::new(std::env::current_exe().unwrap());
        process.args(["--exact", "single::a_sample_of_pairs", "--nocapture"]);
        let output = process.env("SERVICE_GROUP_FAULTS", pairs).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let count = text.split("of which ").nth(1).and_then(|rest| rest.split(' ').next());
        count.and_then(|count| count.parse().ok()).unwrap_or_else(|| panic!("no table: {text}"))
    };
    assert_eq!(pairs("all"), 3 * 2 * 2, "three pairs of services, with two faults in each");
    assert!(pairs("") < 6);
}
