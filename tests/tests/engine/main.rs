//! The engine when things do not go as hoped, on a paused clock; where a thread blocks, on a real one.

mod dropped;
mod failing;
mod force;
mod inputs;
mod late;
mod roll_back;
mod start;
mod stop;
mod stuck;
mod told;

use std::future::pending;
use std::time::Duration;

use service_group::{BoxError, Service, StopContext};
use service_group_tests::Log;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A service whose stop never ends; it writes down when it is forced.
struct Hangs(Log);

impl Service for Hangs {
    async fn stop(self, stopping: StopContext) -> Result<(), BoxError> {
        stopping.forced().await;
        self.0.time("forced");
        pending().await
    }
}
