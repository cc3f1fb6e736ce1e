//! Counters of requests and created orders, written to a file at the stop.
//!
//! The service is `first` in the group. It starts before the services that use the counters and stops after them, so
//! that the figures include the last request.

use std::io::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant, SystemTime};

use service_group::{BoxError, Service, StopContext};
use tokio::fs::OpenOptions;
use tokio::io::AsyncWriteExt;

/// A handle to the counters. Clones share them.
#[derive(Clone)]
pub(crate) struct Telemetry {
    counters: Arc<Counters>,
    file: PathBuf,
}

struct Counters {
    since: Instant,
    requests: AtomicU64,
    created: AtomicU64,
}

impl Telemetry {
    /// Creates counters at zero. The file in this folder is written at the stop.
    pub(crate) fn new(folder: &Path) -> Self {
        let counters =
            Counters { since: Instant::now(), requests: AtomicU64::new(0), created: AtomicU64::new(0) };
        Self { counters: Arc::new(counters), file: folder.join("telemetry.jsonl") }
    }

    /// Counts a request that the gateway answered.
    pub(crate) fn request_answered(&self) {
        // Relaxed: a counter orders nothing, and `flush` runs after all services that count have ended.
        self.counters.requests.fetch_add(1, Relaxed);
    }

    /// Counts an order that is on disk.
    pub(crate) fn order_created(&self) {
        // Relaxed, as in `request_answered`.
        self.counters.created.fetch_add(1, Relaxed);
    }

    /// Appends a line about this run to the file, unless all counters are zero.
    async fn flush(&self) -> Result<(), Error> {
        // Relaxed: the stop of each service that counts happens before the stop of this one.
        let (requests, created) = (self.counters.requests.load(Relaxed), self.counters.created.load(Relaxed));
        let seconds = self.counters.since.elapsed().as_secs();
        tracing::info!(requests, created, seconds, "telemetry");
        if requests + created == 0 {
            return Ok(());
        }
        let until = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
        let run = serde_json::json!({
            "until": until, "seconds": seconds, "requests": requests, "orders_created": created,
        });
        let mut file = OpenOptions::new().create(true).append(true).open(&self.file).await?;
        file.write_all(format!("{run}\n").as_bytes()).await?;
        file.sync_data().await
    }
}

impl Service for Telemetry {
    const STOP_WITHIN: Duration = Duration::from_secs(1);

    async fn stop(self, _: StopContext) -> Result<(), BoxError> {
        let written = self.flush().await;
        written.map_err(|error| format!("cannot write `{}`: {error}", self.file.display()).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_run_appends_a_line_unless_it_was_idle() {
        let folder = tempfile::tempdir().unwrap();
        for requests in [2, 0, 1] {
            let telemetry = Telemetry::new(folder.path());
            (0..requests).for_each(|_| telemetry.clone().request_answered());
            telemetry.stop(StopContext::within(Duration::from_secs(1))).await.unwrap();
        }
        let lines = std::fs::read_to_string(folder.path().join("telemetry.jsonl")).unwrap();
        let runs = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        assert_eq!(runs.map(|run| run["requests"].clone()).collect::<Vec<_>>(), [2, 1]);
    }
}
