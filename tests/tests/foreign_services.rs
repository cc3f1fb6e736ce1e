//! Whole processes with one service whose code panics, blocks for two seconds, or never returns, at each place where such
//! code runs. Two services beside it stop in order whatever it does. docs/foreign-code.md is the table of the outcomes.
//!
//! The processes run once, side by side, for all tests of this file.

use std::collections::HashMap;
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::sync::{LazyLock, Mutex};
use std::thread;
use std::time::Duration;

use service_group_tests::{End, Process, Signal};

/// Places that are reached before the group is ready.
const IN_START: [&str; 6] =
    ["start", "joined", "drop-of-start", "start-display", "start-source", "start-drop-of-error"];
/// Places that are reached while the group runs.
const WHILE_RUNNING: [&str; 10] = [
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
const IN_STOP: [&str; 11] = [
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
const FAULTS: [&str; 3] = ["panics", "is-slow", "blocks"];
const MULTI_THREAD: &str = "multi-thread";
const CURRENT_THREAD: &str = "current-thread";

/// A place, a fault and a runtime.
type Cell = (&'static str, &'static str, &'static str);

static ENDS: LazyLock<HashMap<Cell, End>> = LazyLock::new(|| {
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
fn signal_after((place, how, _): Cell) -> Option<&'static str> {
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
fn run(cell: Cell) -> End {
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

/// What is expected of a process: its exit code, a text on stderr, and which of the lines of the others it printed.
struct Expected {
    code: i32,
    text: &'static str,
    lines: &'static [&'static str],
}

/// A thread of the runtime is blocked, although all services have stopped.
const STILL_BLOCKED: &str = "its runtime has not shut down within 500 ms";
const NEIGHBOUR: &str = "neighbour stopped";
const CLOSED: &str = "closed";
const MAIN: &str = "main goes on";
/// All services beside the faulty one stopped, and `main` went on.
const ALL: &[&str] = &[NEIGHBOUR, CLOSED, MAIN];
/// The same, and then the process was ended, since a thread of the runtime is blocked.
const STOPPED: &[&str] = &[NEIGHBOUR, CLOSED];

fn expected(code: i32, text: &'static str, lines: &'static [&'static str]) -> Expected {
    Expected { code, text, lines }
}

#[track_caller]
fn assert_end(cell: Cell, expected: &Expected) {
    let end = &ENDS[&cell];
    assert_eq!(end.code(), expected.code, "{cell:?}: {}", end.text());
    let stderr = end.on_stderr.join("\n");
    assert!(stderr.contains(expected.text), "{cell:?}: no `{}` in: {}", expected.text, end.text());
    for line in expected.lines {
        assert!(end.said.iter().any(|said| said == line), "{cell:?}: no `{line}` in: {}", end.text());
    }
}

/// Asserts the outcomes of a place: of a panic, of two seconds, and of code that never returns.
///
/// On a current-thread runtime, code that blocks blocks everything: the supervisor ends the process in time, and names the
/// service.
#[track_caller]
fn assert_place(place: &'static str, [panics, is_slow, blocks]: [Expected; 3]) {
    assert_end((place, "panics", MULTI_THREAD), &panics);
    assert_end((place, "panics", CURRENT_THREAD), &panics);
    assert_end((place, "is-slow", MULTI_THREAD), &is_slow);
    assert_end((place, "blocks", MULTI_THREAD), &blocks);
    let ended = &ENDS[&(place, "is-slow", CURRENT_THREAD)];
    // The windows of the others pass while the only thread is blocked. What the stop does not wait for has ended by then.
    let codes = if is_slow.text == STILL_BLOCKED { [0, 1] } else { [is_slow.code, 3] };
    assert!(codes.contains(&ended.code()), "{place}: {}", ended.text());
    let blocked = &ENDS[&(place, "blocks", CURRENT_THREAD)];
    assert_eq!(blocked.code(), if blocks.code == 3 { 4 } else { blocks.code }, "{place}: {}", blocked.text());
}

/// On a current-thread runtime, the line of the supervisor names the service.
#[track_caller]
fn assert_named(place: &'static str, service: &str) {
    for how in ["is-slow", "blocks"] {
        let end = &ENDS[&(place, how, CURRENT_THREAD)];
        let named = format!("with `{service}` on a thread");
        assert!(end.on_stderr.iter().any(|line| line.contains(&named)), "{place} {how}: {}", end.text());
    }
}

#[test]
fn a_start() {
    assert_place(
        "start",
        [
            expected(1, "`foreign` panicked in its start: it is broken", &[CLOSED, MAIN]),
            expected(0, "", ALL),
            expected(3, "`foreign` did not start within 2.50 s", &[NEIGHBOUR]),
        ],
    );
    assert_named("start", "foreign");
}

#[test]
fn the_drop_of_a_start_that_took_too_long() {
    assert_place(
        "drop-of-start",
        [
            expected(1, "`foreign` did not start within 2.50 s", ALL),
            expected(1, "`foreign` did not start within 2.50 s", ALL),
            expected(3, "`foreign` stuck", &[NEIGHBOUR]),
        ],
    );
    assert_named("drop-of-start", "foreign");
}

#[test]
fn joined() {
    assert_place(
        "joined",
        [
            expected(1, "`foreign` panicked in its start: it is broken", &[CLOSED, MAIN]),
            expected(0, "", ALL),
            expected(3, "`foreign` did not start within 2.50 s", STOPPED),
        ],
    );
    assert_named("joined", "foreign");
}

/// The stop does not wait for it. The thread of the runtime that it blocks is what the process has to be ended for.
#[test]
fn finished() {
    assert_place(
        "finished",
        [
            expected(1, "because `foreign` failed: panicked: it is broken", ALL),
            expected(3, STILL_BLOCKED, STOPPED),
            expected(3, STILL_BLOCKED, STOPPED),
        ],
    );
    assert_named("finished", "foreign");
}

#[test]
fn a_task() {
    assert_place(
        "task",
        [
            // It may fail before its neighbour has started.
            expected(1, "because `task` failed: panicked: it is broken", &[CLOSED, MAIN]),
            expected(0, "", ALL),
            expected(3, "`task` stuck", STOPPED),
        ],
    );
    assert_named("task", "task");
}

/// A factory that panics is a failed run: the task starts again.
#[test]
fn a_factory_of_a_restarting_task() {
    assert_place(
        "factory",
        [expected(0, "", ALL), expected(0, "", ALL), expected(3, "`task` stuck", STOPPED)],
    );
    assert_named("factory", "task");
}

#[test]
fn a_stop() {
    assert_place(
        "stop",
        [
            expected(1, "on SIGTERM: `foreign` panicked: it is broken", ALL),
            expected(0, "", ALL),
            expected(3, "on SIGTERM: `foreign` stuck", STOPPED),
        ],
    );
    assert_named("stop", "foreign");
}

#[test]
fn the_drop_of_a_service() {
    assert_place(
        "drop",
        [
            expected(1, "on SIGTERM: `foreign` panicked: it is broken", ALL),
            expected(0, "", ALL),
            expected(3, "on SIGTERM: `foreign` stuck", STOPPED),
        ],
    );
    assert_named("drop", "foreign");
}

#[test]
fn the_details_of_a_stop() {
    assert_place(
        "details",
        [expected(0, "", ALL), expected(0, "", ALL), expected(3, "on SIGTERM: `foreign` stuck", STOPPED)],
    );
    assert_named("details", "foreign");
}

/// The driver itself needs them for the report.
#[test]
fn the_details_of_a_stop_that_is_stuck() {
    let lost = "its details are lost: ";
    for (how, why) in [
        // Which of the two comes first, the panic or the limit, depends on the machine.
        ("panics", ""),
        ("is-slow", "their source blocks"),
        ("blocks", "their source blocks"),
    ] {
        let end = &ENDS[&("details-of-stuck", how, MULTI_THREAD)];
        assert_eq!(end.code(), 3, "{how}: {}", end.text());
        assert!(end.text().contains(&format!("{lost}{why}")), "{how}: {}", end.text());
        assert!(STOPPED.iter().all(|line| end.said.iter().any(|said| said == line)), "{how}: {}", end.text());
    }
}

/// The messages to a service manager do not contain them.
#[test]
fn statistics() {
    for runtime in [MULTI_THREAD, CURRENT_THREAD] {
        for how in FAULTS {
            let cell = ("stats", how, runtime);
            assert_end(cell, &expected(0, "", ALL));
            assert!(ENDS[&cell].said.iter().any(|line| line == "fault"), "{cell:?}: they were not read");
        }
    }
}

#[test]
fn on_ready() {
    assert_end(
        ("on-ready", "panics", MULTI_THREAD),
        &expected(1, "because `on_ready` panicked: it is broken", ALL),
    );
    assert_end(("on-ready", "is-slow", MULTI_THREAD), &expected(0, "", ALL));
    let unpolled = "the future of `run()` is not being polled";
    assert_end(("on-ready", "blocks", MULTI_THREAD), &expected(4, unpolled, &[]));
    assert_end(("on-ready", "blocks", CURRENT_THREAD), &expected(4, "missed its stop budget", &[]));
}

/// A hook that panics aborts the process: std does that.
#[test]
fn a_panic_hook() {
    assert_end(("panic-hook", "panics", MULTI_THREAD), &expected(-6, "", &[]));
    assert_end(
        ("panic-hook", "is-slow", MULTI_THREAD),
        &expected(1, "`task` failed: panicked: it is broken", ALL),
    );
    assert_end(("panic-hook", "blocks", MULTI_THREAD), &expected(3, "`task` stuck", STOPPED));
    assert_named("panic-hook", "task");
}

#[test]
fn the_drop_of_the_payload_of_a_panic() {
    assert_place(
        "stop-payload",
        [
            expected(1, "`foreign` panicked: a panic without a message", ALL),
            expected(1, "`foreign` panicked: a panic without a message", ALL),
            expected(3, "`foreign` stuck", STOPPED),
        ],
    );
}

#[test]
fn the_text_of_an_error_of_a_start() {
    assert_place(
        "start-display",
        [
            expected(
                1,
                "`foreign` did not start: an error whose `Display` panicked: it is broken",
                &[CLOSED, MAIN],
            ),
            expected(1, "`foreign` did not start: the broker is gone", ALL),
            expected(3, "`foreign` did not start within 2.50 s", STOPPED),
        ],
    );
    assert_place(
        "start-source",
        [
            expected(
                1,
                "`foreign` did not start: the broker is gone: a source that panicked: it is broken",
                &[CLOSED, MAIN],
            ),
            expected(1, "`foreign` did not start: the broker is gone", ALL),
            expected(3, "`foreign` did not start within 2.50 s", STOPPED),
        ],
    );
}

#[test]
fn the_text_of_an_error_while_running() {
    assert_place(
        "running-display",
        [
            expected(1, "because `foreign` failed: an error whose `Display` panicked: it is broken", ALL),
            expected(3, STILL_BLOCKED, STOPPED),
            expected(3, STILL_BLOCKED, STOPPED),
        ],
    );
    assert_named("running-display", "foreign");
    assert_place(
        "running-source",
        [
            expected(
                1,
                "because `foreign` failed: the broker is gone: a source that panicked: it is broken",
                ALL,
            ),
            expected(3, STILL_BLOCKED, STOPPED),
            expected(3, STILL_BLOCKED, STOPPED),
        ],
    );
    for (place, panicked) in [
        ("task-display", "because `task` failed: an error whose `Display` panicked: it is broken"),
        ("task-source", "because `task` failed: the broker is gone: a source that panicked: it is broken"),
    ] {
        assert_place(
            place,
            [
                expected(1, panicked, &[CLOSED, MAIN]),
                expected(1, "`task` failed: the broker is gone", ALL),
                expected(3, "`task` stuck", STOPPED),
            ],
        );
        assert_named(place, "task");
    }
}

#[test]
fn the_text_of_an_error_of_a_stop() {
    for (place, panicked) in [
        ("stop-display", "`foreign` failed: an error whose `Display` panicked: it is broken"),
        ("stop-source", "`foreign` failed: the broker is gone: a source that panicked: it is broken"),
    ] {
        assert_place(
            place,
            [
                expected(1, panicked, ALL),
                expected(1, "`foreign` failed: the broker is gone", ALL),
                expected(3, "`foreign` stuck", STOPPED),
            ],
        );
        assert_named(place, "foreign");
    }
}

/// Neither runs: nothing prints the `Debug`, and the process ends without the drop.
#[test]
fn the_debug_and_the_drop_of_an_error() {
    let places = [
        "stop-debug",
        "start-drop-of-error",
        "running-drop-of-error",
        "task-drop-of-error",
        "stop-drop-of-error",
    ];
    for place in places {
        for how in FAULTS {
            for runtime in [MULTI_THREAD, CURRENT_THREAD] {
                let cell = (place, how, runtime);
                assert_end(cell, &expected(1, "the broker is gone", &[CLOSED, MAIN]));
                assert!(!ENDS[&cell].said.iter().any(|line| line == "fault"), "{cell:?}: it ran");
            }
        }
    }
}

/// No process takes longer than its windows, and the grace of the supervisor, allow.
#[test]
fn no_process_outlives_its_budget() {
    for (cell, end) in ENDS.iter() {
        // The start, the budget of 4 s, the grace of 1 s, and time for a loaded machine.
        assert!(end.took < Duration::from_secs(30), "{cell:?} took {:?}: {}", end.took, end.text());
    }
}

/// Each test that the page names exists.
#[test]
fn the_page_names_tests_that_exist() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let read =
        |path: &str| std::fs::read_to_string(format!("{root}/{path}")).expect("a file of the repository");
    let page = read("docs/foreign-code.md");
    let mut named = 0;
    for row in page.lines().filter(|line| line.starts_with('|')) {
        let tests = row.trim_end_matches('|').rsplit('|').next().unwrap_or_default();
        for test in tests.split('`').skip(1).step_by(2) {
            let (file, function) = test.split_once(' ').expect("a file and a function");
            let found = read(file).contains(&format!("fn {function}("));
            assert!(found, "there is no test `{function}` in {file}");
            named += 1;
        }
    }
    assert!(named >= 20, "{named} tests are named");
}
