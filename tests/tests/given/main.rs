//! Services that the caller gives, and inputs that one start takes.

mod nested;
mod part;
mod plan;
mod replace;
mod several;
mod start;
mod stop;
mod take;
mod while_it_runs;

use std::time::Duration;

use service_group::service_group;
use service_group_tests::{Log, Probe};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// How the start of `rpc` behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    Works,
    Fails,
    Panics,
    Hangs,
}

impl Start {
    async fn run(self) -> Result<(), &'static str> {
        match self {
            Self::Works => Ok(()),
            Self::Fails => Err("no port"),
            Self::Panics => panic!("a bug"),
            Self::Hangs => std::future::pending().await,
        }
    }
}

/// `rpc` uses `pool`, which stops before `telemetry`.
#[service_group]
struct App {
    log: Log,
    #[service(given, stop = pool.close().await, after(telemetry))]
    pool: Probe,
    begins: Start,
    #[service(start = { tokio::time::sleep(ms(100)).await; Probe::new("telemetry", log) })]
    telemetry: Probe,
    #[service(start = { let _ = pool; begins.run().await?; Probe::new("rpc", log) }, start_within = "10s")]
    rpc: Probe,
}
