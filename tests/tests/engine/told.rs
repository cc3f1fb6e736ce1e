//! The events of `tracing` for a start that is cancelled.

use std::future::pending;

use service_group::{GroupHandle, service_group};
use service_group_tests::{Events, Log, Probe, paused};
use tracing::subscriber::with_default;

/// Only the event names the service that hung: the run ends with exit code 0, as requested.
#[test]
fn who_was_starting_when_the_start_was_given_up() {
    #[service_group]
    struct Hanging {
        log: Log,
        #[group]
        group: GroupHandle,
        #[service(start = Probe::new("ground", log))]
        ground: Probe,
        #[service(start = { let _ = ground; group.request_stop(); pending::<Probe>().await })]
        pool: Probe,
        #[service(start = { let _ = pool; Probe::new("server", log) })]
        server: Probe,
    }
    let events = Events::default();
    with_default(events.clone(), || {
        paused(async {
            Hanging::start(Log::default()).await.map(drop).expect_err("it hangs");
        });
    });
    let events = events.lines();
    let told = "message=gives up its start group=\"Hanging\" cause=on request starting=[\"pool\"]";
    assert!(events.iter().any(|event| event == told), "{events:#?}");
}
