//! A service that does nothing but take its time to stop, and groups of services that are made while the program runs.

use std::future::ready;
use std::time::Duration;

use service_group::{BoxError, Plan, Runner, Service, StopContext, dynamic};
use tokio::time::sleep;

/// A service whose stop takes so long.
#[derive(Debug, Clone, Copy)]
pub struct Timed(pub Duration);

impl Service for Timed {
    async fn stop(self, _stopping: StopContext) -> Result<(), BoxError> {
        // A sleep of zero still waits for the next tick of the clock.
        if !self.0.is_zero() {
            sleep(self.0).await;
        }
        Ok(())
    }
}

/// Returns a runner for the group of this plan. `make` returns a service by its index.
pub fn runner<S: Service + Sync>(
    plan: Plan,
    make: impl Fn(usize) -> S + Send + Sync + 'static,
) -> Runner<()> {
    dynamic::runner(plan, move |_| move |index| ready(Ok(make(index))))
}
