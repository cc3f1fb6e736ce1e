//! The services of the pictures: they do nothing but take their time to stop.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use service_group::__private0::ServiceContext;
use service_group::{BoxError, CutRequest, Drained, ServerStats, Service, StatsSource, StopContext};
use tokio::time::{Instant, sleep};

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

    /// Over another part, with a start that takes a while.
    pub(crate) async fn opened(_: impl Sized) -> Self {
        sleep(Duration::from_millis(1_500)).await;
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

    // As the servers of the library do.
    fn joined(&self, membership: &ServiceContext) {
        if let Some(what) = self.request {
            membership.show_stats(Arc::new(Held { what, since: Instant::now() }));
        }
    }
}

/// The request that a part has in its hands.
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
