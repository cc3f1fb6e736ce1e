//! The stop of a group inside a group: its window, its order, a force and a drop.

use std::future::pending;
use std::time::Duration;

use service_group::{BoxError, GroupPhase, Running, Service, StopContext, StopOutcome, service_group};
use service_group_tests::{Log, paused};
use tokio::time::sleep;

use crate::{App, Inner, Storage, ms};

/// What a nested group needs is the slowest path of its own plan, and its own budget does not count.
#[test]
fn a_nested_group_is_guaranteed_what_it_needs() {
    let storage = App::PLAN.service("storage").expect("is there");
    assert_eq!(storage.window().guaranteed(), Duration::from_secs(5));
    assert_eq!(storage.nested().expect("is a group").name(), Storage::PLAN.name());
    assert_eq!(App::PLAN.slowest_stop(), Duration::from_secs(11));
}

#[test]
fn a_nested_group_stops_in_its_place() {
    paused(async {
        let log = Log::default();
        let running = App::runner(log.clone(), Inner::Works)
            .lame_duck(App::PLAN.lame_duck())
            .start()
            .await
            .expect("starts");
        let inner = running.storage.handle();
        assert!(inner.is_ready());
        let stop = tokio::spawn(running.stop());
        sleep(ms(500)).await;
        assert!(
            !inner.is_ready(),
            "the lame duck is the outer group's, and the inner one is not ready either"
        );
        assert_eq!(inner.phase(), GroupPhase::Running);
        let report = stop.await.expect("stops");
        let expected = "+base +wal +index +gateway -gateway ~gateway -index ~index -wal ~wal -base ~base";
        assert_eq!(log.lines().join(" "), expected);
        assert_eq!(report.stop_duration, ms(1_300));
        let nested = report.service("storage").and_then(|storage| storage.nested()).expect("has its report");
        assert_eq!(nested.stop_duration, ms(200));
        assert_eq!(
            nested.stop_within,
            ms(5_900),
            "the budget less what is guaranteed to services after it, from the moment of the request"
        );
        assert!(report.is_clean(), "{report}");
    });
}

/// Stuck inside: cut at the window's end inside, the rest of the inner group and of the outer one still stops.
#[test]
fn a_hang_inside_takes_no_more_than_its_window() {
    paused(async {
        let log = Log::default();
        let report = App::runner(log.clone(), Inner::HangsInStop)
            .lame_duck(App::PLAN.lame_duck())
            .start()
            .await
            .expect("starts")
            .stop()
            .await;
        assert!(log.text().ends_with("~index, -wal, ~wal, -base, ~base"), "{}", log.text());
        // Lame duck, gateway, the hanging index its 3 s, the log 200 ms.
        assert_eq!(report.stop_duration, ms(4_300), "{report}");
        assert!(
            matches!(report.service("storage").expect("reported").outcome, StopOutcome::Forced),
            "{report}"
        );
        assert!(!report.is_clean());
    });
}

/// What hangs last inside is cut at the very end of the outer window, and the inner group still reports.
#[test]
fn the_last_one_inside_may_hang_to_the_end_of_the_window() {
    struct Hangs;
    impl Service for Hangs {
        async fn stop(self, _stopping: StopContext) -> Result<(), BoxError> {
            pending().await
        }
    }
    #[service_group]
    struct Inner {
        #[service(start = Hangs)]
        hangs: Hangs,
    }
    #[service_group]
    struct Outer {
        #[service(start = Inner::start().await?, stop_within = "7s")]
        inner: Running<Inner>,
    }
    paused(async {
        let report = Outer::start().await.expect("starts").stop().await;
        assert_eq!(report.stop_duration, ms(7_000), "{report}");
        let nested = report.service("inner").and_then(|inner| inner.nested()).expect("has its report");
        assert!(
            matches!(nested.service("hangs").expect("reported").outcome, StopOutcome::Aborted),
            "{report}"
        );
    });
}

/// A force from anywhere forces all: the inner group's services have their last tenth, and none is skipped.
#[test]
fn a_force_reaches_the_inner_group() {
    paused(async {
        let log = Log::default();
        let running = App::runner(log.clone(), Inner::HangsInStop)
            .lame_duck(App::PLAN.lame_duck())
            .start()
            .await
            .expect("starts");
        let inner = running.storage.handle();
        let stop = tokio::spawn(running.stop());
        sleep(ms(1_500)).await;
        inner.force_stop();
        let report = stop.await.expect("stops");
        assert!(log.text().ends_with("~index, -wal, ~wal, -base, ~base"), "{}", log.text());
        // Forced at 1500: the index has a tenth of its 3 s, the log a tenth of its 2 s.
        assert_eq!(report.stop_duration, ms(2_000), "{report}");
    });
}

/// A group is dropped inside a group: in stop order, through both.
#[test]
fn a_dropped_group_drops_the_inner_one_in_order() {
    paused(async {
        let log = Log::default();
        drop(
            App::runner(log.clone(), Inner::Works)
                .lame_duck(App::PLAN.lame_duck())
                .start()
                .await
                .expect("starts"),
        );
        assert!(log.text().ends_with("~gateway, ~index, ~wal, ~base"), "{}", log.text());
    });
}

/// Two groups in one process stop independently.
#[test]
fn two_groups_are_independent() {
    paused(async {
        let (first, second) = (Log::default(), Log::default());
        let one = App::runner(first.clone(), Inner::Works)
            .lame_duck(App::PLAN.lame_duck())
            .start()
            .await
            .expect("starts");
        let two = App::runner(second.clone(), Inner::Works)
            .lame_duck(App::PLAN.lame_duck())
            .start()
            .await
            .expect("starts");
        one.handle().request_stop();
        assert!(one.stop().await.is_clean());
        assert_eq!(two.handle().phase(), GroupPhase::Running);
        assert!(two.handle().is_ready());
        assert_eq!(second.lines().len(), 4, "nothing of it was touched");
        assert!(two.stop().await.is_clean());
    });
}
