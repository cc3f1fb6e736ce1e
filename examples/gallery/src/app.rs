//! The application of the pictures, and two of its stops: one that goes well, and one that does not.

use service_group::{Running, StopReport, service_group};

use crate::part::Part;

/// How a stop goes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Script {
    /// The request that the gateway holds until it is cut.
    pub(crate) held: Option<&'static str>,
    /// Whether the backup hangs.
    pub(crate) hangs: bool,
}

/// An orders service over a storage.
#[service_group(stop_within = "25s", lame_duck = "2s")]
pub(crate) struct App {
    script: Script,

    #[service(start = Part::alone().taking(3), first, stop_within = "1s")]
    telemetry: Part,

    #[service(start = Storage::start().await?)]
    storage: Running<Storage>,

    #[service(start = Part::over(storage).taking(30), stop_within = "2s")]
    totals: Part,

    #[service(start = Part::over(storage).taking(120), after(totals), stop_within = "6s")]
    rpc: Part,

    #[service(start = Part::over(rpc).taking(850).busy_with(script.held), stop_within = "6s")]
    gateway: Part,

    #[service(start = Part::over(storage).taking(400).hanging(script.hangs), stop_within = "1500ms")]
    backup: Part,
}

/// What the orders are kept in.
#[service_group]
pub(crate) struct Storage {
    #[service(start = Part::alone().taking(60), stop_within = "2s")]
    journal: Part,

    #[service(start = Part::over(journal).taking(200), stop_within = "3s")]
    index: Part,
}

/// Starts the application and stops it, on a clock that jumps: the report is always the same.
pub(crate) fn stop(script: Script) -> StopReport {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let app = async { App::start(script).await.expect("nothing in it fails").stop().await };
    runtime.expect("there is a runtime").block_on(app)
}
