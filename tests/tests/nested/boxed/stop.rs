//! The window of a box, and its stop: a group in it stops like any other.

use std::time::Duration;

use service_group::{BoxService, GroupPhase, StopOutcome, Task, service_group};
use service_group_tests::{Log, paused};

use super::{Slow, start};
use crate::{Inner, ms};

#[test]
fn a_box_has_five_seconds_or_the_window_of_its_field() {
    #[service_group]
    #[allow(dead_code, reason = "it is never started")]
    struct Windows {
        #[service(start = BoxService::new(Task::spawn(async |_| ())))]
        default: BoxService,
        #[service(start = BoxService::new(Task::spawn(async |_| ())), stop_within = "8s", after(default))]
        longer: BoxService,
    }
    let windows = Windows::PLAN.services().iter().map(|service| service.window().guaranteed());
    assert_eq!(windows.collect::<Vec<_>>(), [ms(5_000), ms(8_000)]);
    assert_eq!(Windows::PLAN.slowest_stop(), ms(13_000));
}

#[test]
fn a_group_in_a_box_stops_in_its_place_and_reports() {
    paused(async {
        let log = Log::default();
        let running = start(&log, Inner::Works).await;
        let group = running.handle();
        let inner = || {
            let status = group.status();
            status.service("storage").and_then(|storage| storage.nested.clone()).expect("it is shown")
        };
        assert_eq!((inner().group_name, inner().phase), ("Storage", GroupPhase::Running));
        let report = running.stop().await;
        let expected = "+base +wal +index +gateway -gateway ~gateway -index ~index -wal ~wal -base ~base";
        assert_eq!(log.lines().join(" "), expected);
        assert_eq!(inner().phase, GroupPhase::Stopped);
        let nested = report.service("storage").and_then(|storage| storage.nested()).expect("has its report");
        assert_eq!((nested.stop_duration, nested.stop_within), (ms(200), ms(5_900)));
        assert!(report.is_clean(), "{report}");
    });
}

#[test]
fn a_hang_in_a_box_takes_no_more_than_its_window() {
    paused(async {
        let log = Log::default();
        let report = start(&log, Inner::HangsInStop).await.stop().await;
        assert!(log.text().ends_with("~index, -wal, ~wal, -base, ~base"), "{}", log.text());
        assert_eq!(report.stop_duration, ms(4_300), "{report}");
        let storage = report.service("storage").expect("reported");
        assert!(matches!(storage.outcome, StopOutcome::Forced), "{report}");
    });
}

/// A group in a box ends its services itself, and reports, although it uses its window to the end. Other boxes are forced at
/// 4.5 s, and it is not: each service inside has its own force.
#[test]
fn a_group_in_a_box_may_use_its_whole_window() {
    #[service_group]
    struct Slowly {
        log: Log,
        last_takes: Duration,
        #[service(start = Slow(*last_takes, log.clone()))]
        last: Slow,
        #[service(start = { let _ = last; Slow(ms(800), log.clone()) }, stop_within = "1s")]
        first_to_stop: Slow,
    }
    #[service_group(stop_within = "5s")]
    struct Outer {
        log: Log,
        last: Duration,
        #[service(start = Box::new(BoxService::new(Slowly::start(log.clone(), *last).await?)))]
        slowly: Box<BoxService>,
    }
    paused(async {
        let log = Log::default();
        let report = Outer::start(log.clone(), ms(3_750)).await.expect("starts").stop().await;
        assert!(report.is_clean(), "{report}");
        assert_eq!(log.text(), "stopped at 800, stopped at 4550");

        let log = Log::default();
        let report = Outer::start(log.clone(), ms(9_000)).await.expect("starts").stop().await;
        let nested = report.service("slowly").and_then(|slowly| slowly.nested()).expect("has its report");
        let outcome = |name| nested.service(name).expect("reported").outcome.to_string();
        assert_eq!(
            (outcome("first_to_stop"), outcome("last")),
            ("graceful".to_owned(), "aborted".to_owned())
        );
        assert_eq!(report.stop_duration, ms(5_000), "{report}");
    });
}

/// A second signal does not cut the window of the group, but those of the services in it.
#[test]
fn a_force_passes_into_a_box() {
    paused(async {
        let log = Log::default();
        let running = start(&log, Inner::HangsInStop).await;
        let group = running.handle();
        group.force_stop();
        let report = running.stop().await;
        assert!(log.text().ends_with("~index, -wal, ~wal, -base, ~base"), "{}", log.text());
        let storage = report.service("storage").expect("reported");
        let nested = storage.nested().expect("has its report");
        assert_eq!(nested.service("index").expect("reported").outcome.to_string(), "aborted");
        assert!(storage.window > ms(4_900), "{report}");
    });
}
