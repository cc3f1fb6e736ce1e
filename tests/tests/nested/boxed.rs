//! `BoxService`: its window, and what passes through the box. A group in it is nested like any other.

mod shows;
mod start;
mod stop;

use std::future::pending;
use std::time::Duration;

use service_group::{BoxError, BoxService, Running, Service, StopContext, service_group};
use service_group_tests::{Log, Probe};
use tokio::time::sleep;

use crate::{Inner, Storage};

/// As `App`, with the storage in a box: the storage needs 5 s, which is what a box has.
#[service_group(stop_within = "12s", lame_duck = "1s")]
struct Boxed {
    log: Log,
    inner: Inner,
    #[service(start = Probe::new("base", log))]
    base: Probe,
    #[service(start = { let _ = base; Some(BoxService::new(Storage::start(log.clone(), *inner).await?)) })]
    storage: Option<BoxService>,
    #[service(start = { let _ = storage; Probe::new("gateway", log).stopping_for(100) }, stop_within = "1s")]
    gateway: Probe,
}

async fn start(log: &Log, inner: Inner) -> Running<Boxed> {
    let runner = Boxed::runner(log.clone(), inner).lame_duck(Boxed::PLAN.lame_duck());
    runner.start().await.expect("starts")
}

/// A service whose stop takes so long, and which notes when it is forced.
struct Slow(Duration, Log);

impl Service for Slow {
    const STOP_WITHIN: Duration = Duration::from_secs(4);

    async fn stop(self, context: StopContext) -> Result<(), BoxError> {
        tokio::select! {
            () = sleep(self.0) => self.1.time("stopped"),
            () = context.forced() => {
                self.1.time("forced");
                pending::<()>().await;
            }
        }
        Ok(())
    }
}
