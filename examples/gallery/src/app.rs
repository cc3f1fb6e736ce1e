//! The application of the pictures: its stops, one that goes well and one that does not, and its console.
//!
//! All of it runs on a clock that jumps, so that each picture is always the same.

use std::future::Future;
use std::time::Duration;

use service_group::{GroupHandle, Running, StopReport, Style, progress, service_group};
use tokio::time::sleep;

use crate::part::Part;

/// How a life goes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Script {
    /// The request that the gateway holds until it is cut.
    pub(crate) held: Option<&'static str>,
    /// Whether the backup hangs.
    pub(crate) hangs: bool,
}

/// Where the group's handle goes when the first service starts.
type Handles = tokio::sync::mpsc::UnboundedSender<GroupHandle>;

/// An orders service over a storage.
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

/// What the orders are kept in.
#[service_group]
pub(crate) struct Storage {
    #[service(start = Part::alone().taking(60), stop_within = "2s")]
    journal: Part,

    #[service(start = Part::opened(journal).await.taking(200), stop_within = "3s", start_within = "4s")]
    index: Part,
}

/// Starts the application and stops it.
pub(crate) fn stop(script: Script) -> StopReport {
    let (handles, _) = tokio::sync::mpsc::unbounded_channel();
    on_a_clock(async { App::start(script, handles).await.expect("nothing in it fails").stop().await })
}

/// What the console shows while the application starts, while it stops, and when it is forced.
pub(crate) fn console(style: Style) -> [Vec<String>; 3] {
    let script = Script { held: Some("GET /orders/events"), hangs: true };
    let (handles, mut handle) = tokio::sync::mpsc::unbounded_channel();
    on_a_clock(async move {
        let start = tokio::spawn(App::start(script, handles));
        let group = handle.recv().await.expect("the first service starts");
        sleep(Duration::from_millis(900)).await;
        let starting = progress::lines(&group, style);
        let running = start.await.expect("no panic").expect("nothing in it fails");
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

pub(crate) fn on_a_clock<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("there is a runtime").block_on(future)
}
