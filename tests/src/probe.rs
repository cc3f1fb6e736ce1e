//! A service that writes down what happens to it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use service_group::{BoxError, Service, ServiceExit, StopContext};
use tokio::time::{Instant, sleep};

/// What happened, in its order. Clones write into the same log.
#[derive(Debug, Clone)]
pub struct Log {
    begun: Instant,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Default for Log {
    fn default() -> Self {
        Self { begun: Instant::now(), lines: Arc::default() }
    }
}

impl Log {
    /// Adds a line.
    pub fn note(&self, line: impl Into<String>) {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line.into());
    }

    /// Adds a line with the milliseconds since the log began.
    pub fn time(&self, line: &str) {
        self.note(format!("{line} at {}", self.begun.elapsed().as_millis()));
    }

    /// The lines so far.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The lines so far, as one text.
    #[must_use]
    pub fn text(&self) -> String {
        self.lines().join(", ")
    }
}

/// A service that writes into a log when it starts, stops and goes.
#[derive(Debug)]
pub struct Probe {
    name: &'static str,
    log: Log,
    stops: Duration,
}

impl Probe {
    /// A probe that stops at once.
    #[must_use]
    pub fn new(name: &'static str, log: &Log) -> Self {
        log.note(format!("+{name}"));
        Self { name, log: log.clone(), stops: Duration::ZERO }
    }

    /// A probe that takes so many milliseconds to stop.
    #[must_use]
    pub fn stopping_for(mut self, ms: u64) -> Self {
        self.stops = Duration::from_millis(ms);
        self
    }

    /// The probe's own `stop`, for fields that write `stop = ..`.
    pub async fn close(self) {
        self.log.note(format!("-{}", self.name));
        if !self.stops.is_zero() {
            sleep(self.stops).await;
        }
    }
}

impl Service for Probe {
    async fn stop(self, _stopping: StopContext) -> Result<(), BoxError> {
        self.close().await;
        Ok(())
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.log.note(format!("~{}", self.name));
    }
}

/// A service that fails by itself after a while: the connection is lost.
#[derive(Debug)]
pub struct Fails(pub Duration);

impl Service for Fails {
    fn finished(&self) -> impl Future<Output = ServiceExit> + Send + 'static {
        let after = self.0;
        async move {
            sleep(after).await;
            ServiceExit::Failed("connection lost".into())
        }
    }

    async fn stop(self, _stopping: StopContext) -> Result<(), BoxError> {
        Ok(())
    }
}
