//! What is not there: `None`, and empty collections.

use std::collections::{BTreeMap, HashMap};

use service_group::status::ServiceState;
use service_group::{BoxService, ServiceName, StopOutcomeKind, service_group};
use service_group_tests::{Log, Probe, paused};
use tokio::time::sleep;

use crate::{Act, Member, members, ms};

#[service_group(stop_within = "50s")]
struct App {
    log: Log,
    #[service(start = Probe::new("base", log))]
    base: Probe,
    #[service(start = { let _ = base; Option::<Member>::None })]
    none: Option<Member>,
    #[service(start = { let _ = none; Vec::new() })]
    vector: Vec<Member>,
    #[service(start = { let _ = vector; BTreeMap::new() })]
    sorted: BTreeMap<String, Member>,
    #[service(start = { let _ = sorted; HashMap::new() })]
    hashed: HashMap<u16, Member>,
    #[service(start = { let _ = hashed; BoxService::new(Option::<Member>::None) })]
    boxed: BoxService,
    #[service(start = { let _ = boxed; vec![None, Some(vec![])] })]
    nothing_in_it: Vec<Option<Vec<Member>>>,
    #[service(start = { let _ = nothing_in_it; Probe::new("user", log) })]
    user: Probe,
}

const ABSENT: [&str; 6] = ["none", "vector", "sorted", "hashed", "boxed", "nothing_in_it"];

#[test]
fn what_is_not_there_is_absent_and_takes_no_time() {
    paused(async {
        let log = Log::default();
        let app = App::start(log.clone()).await.expect("starts");
        let group = app.handle();
        sleep(ms(100)).await;
        let status = group.status();
        assert!(group.is_ready());
        for name in ABSENT {
            let service = status.service(name).expect("it is there");
            assert_eq!((service.state, service.is_present()), (ServiceState::Absent, false), "{name}");
        }
        let report = app.stop().await;
        assert_eq!(log.text(), "+base, +user, -user, ~user, -base, ~base");
        for name in ABSENT {
            let service = report.service(name).expect("reported");
            assert_eq!(service.outcome.kind(), StopOutcomeKind::Absent, "{name}: {report}");
            assert!(!group.status().service(name).expect("it is there").is_present());
        }
        assert!(report.is_clean());
        // The order goes through them.
        let base = report.service("base").expect("reported");
        assert_eq!(base.waited_for.as_ref().map(ServiceName::as_str), Some("user"), "{report:#}");
        assert!(report.to_string().contains("2 services, all gracefully, 6 absent"), "{report}");
    });
}

/// The windows of what is absent are left to the others.
#[test]
fn an_absent_service_reserves_no_window() {
    #[service_group(stop_within = "10s")]
    struct Windows {
        log: Log,
        is_there: bool,
        #[service(start = if *is_there { members(&[Act::Stops(0)], log) } else { Vec::new() })]
        several: Vec<Member>,
        #[service(start = { let _ = several; Member::new("user", Act::HangsInStop, log) })]
        user: Member,
    }
    for (is_there, takes) in [(true, ms(5_000)), (false, ms(10_000))] {
        paused(async move {
            let app = Windows::start(Log::default(), is_there).await.expect("starts");
            assert_eq!(app.stop().await.stop_duration, takes);
        });
    }
}

#[test]
fn a_role_ends_when_what_it_names_is_absent() {
    paused(async {
        let run = App::runner(Log::default()).signals(false).only([App::KEYS.vector.id()]).run();
        let outcome = tokio::time::timeout(ms(1_000), run).await.expect("it ends by itself");
        assert_eq!(outcome.exit_code(), 0);
    });
}

/// Of several, one may be absent.
#[test]
fn a_member_may_be_absent() {
    #[service_group]
    struct Some1 {
        log: Log,
        #[service(start = vec![None, Some(Member::new("there", Act::Done(100), log))])]
        several: Vec<Option<Member>>,
    }
    paused(async {
        let app = Some1::start(Log::default()).await.expect("starts");
        let state = |name: &str| app.handle().status().service(name).expect("it is there").state;
        assert_eq!(state("several[0]"), ServiceState::Absent);
        assert_eq!(state("several"), ServiceState::Running);
        sleep(ms(200)).await;
        assert_eq!(state("several"), ServiceState::Done);
        let report = app.stop().await;
        assert_eq!(report.service("several[0]").expect("reported").outcome.kind(), StopOutcomeKind::Absent);
    });
}
