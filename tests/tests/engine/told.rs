//! The events of `tracing` for a start that is cancelled.

use std::fmt::{Debug, Write};
use std::future::pending;
use std::sync::{Arc, Mutex};

use service_group::{GroupHandle, service_group};
use service_group_tests::{Log, Probe, paused};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{Interest, with_default};
use tracing::{Event, Metadata, Subscriber};

/// Records all events.
#[derive(Clone, Default)]
struct Events(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").expect("a string takes all");
    }
}

impl Subscriber for Events {
    /// Other tests run beside this one, without a subscriber.
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0.trim_start().to_owned());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

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
    let events = events.0.lock().unwrap();
    let told = "message=gives up its start group=\"Hanging\" cause=on request starting=[\"pool\"]";
    assert!(events.iter().any(|event| event == told), "{events:#?}");
}
