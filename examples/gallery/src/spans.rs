//! The lines that a `tracing` subscriber prints for a small group: the spans and events of its services.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use service_group::{BoxError, Task, service_group};
use tokio::time::sleep;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::app::on_a_clock;

/// A service that logs events during its start and its stop.
struct Store {
    path: &'static str,
}

impl Store {
    fn open(path: &'static str) -> Self {
        tracing::info!(path, "opened");
        Self { path }
    }

    fn close(self) -> Result<(), BoxError> {
        tracing::info!(path = self.path, "flushing");
        Err("the disk is full".into())
    }
}

#[service_group]
struct Orders {
    #[service(start = Store::open("orders.db"), stop = store.close())]
    store: Store,

    #[service(start = { let _ = store; Task::spawn(async |stop| { stop.requested().await; tracing::info!("took the last order"); }) })]
    consumer: Task,
}

/// The lines of the `fmt` subscriber, which also reports when a span is closed.
pub(crate) fn lines() -> String {
    let log = Log::default();
    let made = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(move || made.clone())
        .with_ansi(false)
        .with_target(false)
        .without_time()
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        on_a_clock(async {
            let running = Orders::start().await.expect("the group starts");
            sleep(Duration::from_secs(1)).await;
            let _ = running.stop().await;
        });
    });
    let bytes = log.0.lock().expect("no panic").clone();
    String::from_utf8(bytes).expect("text").replace(" \n", "\n")
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
