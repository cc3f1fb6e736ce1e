//! The services of the pictures: they do nothing but take their time to stop.

use std::future::pending;
use std::time::Duration;

use service_group::{BoxError, Cut, Drained, Service, Stopping};
use tokio::time::sleep;

/// Stands for a server, a store, a job.
#[derive(Debug, Clone, Default)]
pub(crate) struct Part {
    takes: Duration,
    request: Option<&'static str>,
    hangs: bool,
}

impl Part {
    pub(crate) fn alone() -> Self {
        Self::default()
    }

    /// Over other parts, which it uses.
    pub(crate) fn over(_: impl Sized) -> Self {
        Self::default()
    }

    /// Takes so many milliseconds to stop.
    pub(crate) fn taking(self, millis: u64) -> Self {
        Self { takes: Duration::from_millis(millis), ..self }
    }

    /// Has a request in its hands that ends when it is cut.
    pub(crate) fn busy_with(self, request: Option<&'static str>) -> Self {
        Self { request, ..self }
    }

    /// Stops only when it is aborted.
    pub(crate) fn hanging(self, hangs: bool) -> Self {
        Self { hangs, ..self }
    }
}

impl Service for Part {
    async fn stop(self, stopping: Stopping) -> Result<(), BoxError> {
        sleep(self.takes).await;
        if self.hangs {
            pending::<()>().await;
        }
        let mut drained = Drained::default();
        if let Some(request) = self.request {
            stopping.forced().await;
            let cut = Cut::new(request, Duration::from_millis(7_300));
            (drained.finished, drained.cut, drained.cuts) = (3, 1, vec![cut]);
            stopping.detail(drained);
        }
        Ok(())
    }
}
