//! The processes, one for each place, fault and runtime.

use std::collections::HashMap;
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::sync::{LazyLock, Mutex};
use std::thread;

use service_group_tests::{End, Process, Signal};

/// Places that are reached before the group is ready.
pub(crate) const IN_START: [&str; 6] =
    ["start", "joined", "drop-of-start", "start-display", "start-source", "start-drop-of-error"];
/// Places that are reached while the group runs.
pub(crate) const WHILE_RUNNING: [&str; 10] = [
    "finished",
    "task",
    "factory",
    "on-ready",
    "running-display",
    "running-source",
    "running-drop-of-error",
    "task-display",
    "task-source",
    "task-drop-of-error",
];
/// Places that are reached in the stop.
pub(crate) const IN_STOP: [&str; 11] = [
    "stop",
    "drop",
    "details",
    "details-of-stuck",
    "stats",
    "panic-hook",
    "stop-payload",
    "stop-display",
    "stop-source",
    "stop-debug",
    "stop-drop-of-error",
];
pub(crate) const FAULTS: [&str; 3] = ["panics", "is-slow", "blocks"];
pub(crate) const MULTI_THREAD: &str = "multi-thread";
pub(crate) const CURRENT_THREAD: &str = "current-thread";

/// A place, a fault and a runtime.
pub(crate) type Cell = (&'static str, &'static str, &'static str);

pub(crate) static ENDS: LazyLock<HashMap<Cell, End>> = LazyLock::new(|| {
    let places = IN_START.into_iter().chain(WHILE_RUNNING).chain(IN_STOP);
    let cells = places.flat_map(|place| {
        FAULTS.into_iter().flat_map(move |how| {
            [MULTI_THREAD, CURRENT_THREAD].into_iter().map(move |runtime| (place, how, runtime))
        })
    });
    let (cells, ends) = (Mutex::new(cells.collect::<Vec<Cell>>()), Mutex::new(HashMap::new()));
    thread::scope(|scope| {
        for _ in 0..24 {
            scope.spawn(|| {
                loop {
                    let Some(cell) = cells.lock().unwrap().pop() else { return };
                    let end = run(cell);
                    ends.lock().unwrap().insert(cell, end);
                }
            });
        }
    });
    ends.into_inner().unwrap()
});

/// The line after which SIGTERM is sent; none if the group ends by itself.
pub(crate) fn signal_after((place, how, _): Cell) -> Option<&'static str> {
    if IN_STOP.contains(&place) {
        return Some("ready");
    }
    if place == "factory" {
        return Some(if how == "panics" { "runs again" } else { "fault" });
    }
    if how == "panics" || place == "drop-of-start" || place.ends_with("drop-of-error") {
        return None;
    }
    if !IN_START.contains(&place) {
        return Some("fault");
    }
    // A start that fails, or that takes too long, ends the group.
    (how == "is-slow" && !place.starts_with("start-")).then_some("ready")
}

/// Runs the program with one fault.
pub(crate) fn run(cell: Cell) -> End {
    let (place, how, runtime) = cell;
    let mut command = Command::new(env!("CARGO_BIN_EXE_misbehaves"));
    command.args([place, how]).env("RUST_BACKTRACE", "0");
    if runtime == CURRENT_THREAD {
        command.arg(runtime);
    }
    // A service manager, to which the supervisor and the engine report the statistics.
    let name = std::env::temp_dir().join(format!("misbehaves-{}-{how}-{runtime}.sock", std::process::id()));
    let _manager = (place == "stats").then(|| {
        let _ = std::fs::remove_file(&name);
        command.env("NOTIFY_SOCKET", &name);
        UnixDatagram::bind(&name).expect("a free name")
    });
    let mut process = Process::spawn(&mut command);
    if let Some(line) = signal_after(cell) {
        process.wait_for(line);
        let becomes_ready = runtime == MULTI_THREAD && !IN_START.contains(&place);
        if becomes_ready && !process.said().lines().any(|line| line == "ready") {
            // The services beside it start all the same.
            process.wait_for("ready");
        }
        process.signal(Signal::TERM);
    }
    let end = process.end();
    let _ = std::fs::remove_file(&name);
    end
}
