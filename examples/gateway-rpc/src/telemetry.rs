//! Counts what this process did, for all others, and writes it down when they have ended.
//!
//! `first` in the group: it starts before all services that count here and stops after them, so that the last
//! request is in the figures.

use std::io::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant, SystemTime};

use service_group::{BoxError, Service, StopContext};
use tokio::fs::OpenOptions;
use tokio::io::AsyncWriteExt;

/// A handle of the counters; clones count together.
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
    /// Counters at zero. Nothing is written to this folder before the stop.
    pub(crate) fn new(folder: &Path) -> Self {
        let counters =
            Counters { since: Instant::now(), requests: AtomicU64::new(0), created: AtomicU64::new(0) };
        Self { counters: Arc::new(counters), file: folder.join("telemetry.jsonl") }
    }

    /// The gateway answered a request.
    pub(crate) fn request_answered(&self) {
        self.counters.requests.fetch_add(1, Relaxed);
    }

    /// An order is on disk.
    pub(crate) fn order_created(&self) {
        self.counters.created.fetch_add(1, Relaxed);
    }

    /// Adds a line about this run to the file; a run that did nothing leaves none.
    async fn flush(&self) -> Result<(), Error> {
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
    async fn each_run_adds_a_line_and_an_idle_one_none() {
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
