//! The service of the pictures, whose stop takes as long as the picture needs.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use service_group::__private0::ServiceContext;
use service_group::{BoxError, CutRequest, Drained, ServerStats, Service, StatsSource, StopContext};
use tokio::time::{Instant, sleep};

/// A stand-in for a server, a store or a job.
#[derive(Debug, Clone, Default)]
pub(crate) struct Part {
    takes: Duration,
    request: Option<&'static str>,
    hangs: bool,
}

impl Part {
    /// A part without dependencies.
    pub(crate) fn alone() -> Self {
        Self::default()
    }

    /// A part that depends on other parts.
    pub(crate) fn over(_: impl Sized) -> Self {
        Self::default()
    }

    /// A part that depends on another part and takes 1.5 s to start.
    pub(crate) async fn opened(_: impl Sized) -> Self {
        sleep(Duration::from_millis(1_500)).await;
        Self::default()
    }

    /// Sets how many milliseconds the stop takes.
    pub(crate) fn taking(self, millis: u64) -> Self {
        Self { takes: Duration::from_millis(millis), ..self }
    }

    /// Sets a request in flight that ends only when it is cut.
    pub(crate) fn busy_with(self, request: Option<&'static str>) -> Self {
        Self { request, ..self }
    }

    /// Sets whether the stop hangs until it is aborted.
    pub(crate) fn hanging(self, hangs: bool) -> Self {
        Self { hangs, ..self }
    }
}

impl Service for Part {
    async fn stop(self, stopping: StopContext) -> Result<(), BoxError> {
        sleep(self.takes).await;
        if self.hangs {
            pending::<()>().await;
        }
        let mut drained = Drained::default();
        if let Some(request) = self.request {
            stopping.forced().await;
            let cut = CutRequest::new(request, Duration::from_millis(7_300));
            (drained.finished, drained.cut, drained.cuts) = (3, 1, vec![cut]);
            stopping.detail(drained);
        }
        Ok(())
    }

    // Registers the live figures in the same way as the servers of the library.
    fn joined(&self, membership: &ServiceContext) {
        if let Some(what) = self.request {
            membership.show_stats(Arc::new(Held { what, since: Instant::now() }));
        }
    }
}

/// The figures of a part with one request in flight.
struct Held {
    what: &'static str,
    since: Instant,
}

impl StatsSource for Held {
    fn stats(&self) -> ServerStats {
        let mut numbers = ServerStats::default();
        (numbers.connections, numbers.requests) = (1, 1);
        numbers.oldest = Some((self.what.to_owned(), self.since.elapsed()));
        numbers
    }
}
