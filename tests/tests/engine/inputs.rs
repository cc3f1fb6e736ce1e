//! The drop of inputs after the last service, on real threads.

use std::sync::{Arc, Barrier};

use service_group::{StopOutcome, Task, service_group};
use service_group_tests::{Log, Probe};

/// An input whose drop ends when that of another one runs too, or that panics without one.
struct Meets {
    other: Option<Arc<Barrier>>,
    log: Log,
}

impl Drop for Meets {
    fn drop(&mut self) {
        match &self.other {
            Some(other) => drop(other.wait()),
            None => panic!("nobody comes"),
        }
        self.log.note("met");
    }
}

#[service_group]
struct App {
    log: Log,
    first: Meets,
    alone: Meets,
    second: Meets,
    #[service(start = Probe::new("store", log))]
    store: Probe,
    #[service(start = { let _ = store; Task::spawn(async |stop| drop(stop.requested().await)) })]
    worker: Task,
}

/// They are dropped side by side after the last service: two whose drops wait for each other end. One that panics is named.
#[test]
fn inputs_are_dropped_side_by_side_after_the_last_service() {
    for threads in [1, 2] {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_time().build();
        let (log, both) = (Log::default(), Arc::new(Barrier::new(2)));
        let meets = |other| Meets { other, log: log.clone() };
        let (first, second) = (meets(Some(Arc::clone(&both))), meets(Some(both)));
        let report = runtime.expect("a runtime").block_on(async {
            let app = App::start(log.clone(), first, meets(None), second).await.expect("starts");
            app.stop().await
        });
        assert_eq!(log.lines().join(" "), "+store -store ~store met met");
        let row = report.services.last().expect("rows");
        assert_eq!(row.name, "alone");
        assert!(matches!(&row.outcome, StopOutcome::Panicked(message) if message == "nobody comes"));
        assert!(!report.is_clean());
        assert_eq!(report.services.len(), 3, "no other input is named: {report}");
    }
}
