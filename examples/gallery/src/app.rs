//! The application of the pictures, the report of its stop, and the lines of its console.
//!
//! It runs on tokio's paused clock, so that each picture is always the same.

use std::future::Future;
use std::time::Duration;

use service_group::{GroupHandle, Running, StartError, StopReport, Style, progress, service_group};
use tokio::time::sleep;

use crate::part::Part;

/// How a run of the application goes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Script {
    /// The request that the gateway does not answer until it is cut.
    pub(crate) held: Option<&'static str>,
    /// Whether the stop of the backup hangs.
    pub(crate) hangs: bool,
}

/// The sender through which the first service passes on the group's handle.
type Handles = tokio::sync::mpsc::UnboundedSender<GroupHandle>;

/// An orders service with a nested storage.
#[service_group(stop_within = "25s", lame_duck = "2s")]
pub(crate) struct App {
    script: Script,
    handles: Handles,

    #[group]
    group: GroupHandle,

    #[service(start = { let _ = handles.send(group.clone()); Part::alone().taking(3) }, first, stop_within = "1s")]
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

/// The storage of the orders.
#[service_group]
pub(crate) struct Storage {
    #[service(start = Part::alone().taking(60), stop_within = "2s")]
    journal: Part,

    #[service(start = Part::opened(journal).await.taking(200), stop_within = "3s", start_within = "4s")]
    index: Part,
}

/// Starts the application with the lame duck of its plan. `App::start` would leave it out.
async fn start(script: Script, handles: Handles) -> Result<Running<App>, StartError> {
    App::runner(script, handles).lame_duck(App::PLAN.lame_duck()).start().await
}

/// Starts and stops the application, and returns the report.
pub(crate) fn stop(script: Script) -> StopReport {
    let (handles, _) = tokio::sync::mpsc::unbounded_channel();
    on_a_clock(async { start(script, handles).await.expect("no service fails").stop().await })
}

/// The lines of the console during the start, during the stop, and after the stop was forced.
pub(crate) fn console(style: Style) -> [Vec<String>; 3] {
    let script = Script { held: Some("GET /orders/events"), hangs: true };
    let (handles, mut handle) = tokio::sync::mpsc::unbounded_channel();
    on_a_clock(async move {
        let start = tokio::spawn(start(script, handles));
        let group = handle.recv().await.expect("the first service starts");
        sleep(Duration::from_millis(900)).await;
        let starting = progress::lines(&group, style);
        let running = start.await.expect("no panic").expect("no service fails");
        let stop = tokio::spawn(running.stop());
        sleep(Duration::from_millis(3_200)).await;
        let stopping = progress::lines(&group, style);
        sleep(Duration::from_millis(800)).await;
        group.force_stop();
        sleep(Duration::from_millis(100)).await;
        let forced = progress::lines(&group, style);
        let _ = stop.await.expect("no panic");
        [starting, stopping, forced]
    })
}

/// Runs a future on a runtime whose clock is paused.
pub(crate) fn on_a_clock<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("the runtime is built").block_on(future)
}
