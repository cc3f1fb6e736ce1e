//! The code of a service from its start to its drop, and what runs beside it.

use crate::expected::{
    ALL, CLOSED, MAIN, NEIGHBOUR, STILL_BLOCKED, STOPPED, assert_end, assert_named, assert_place, expected,
};
use crate::processes::{CURRENT_THREAD, ENDS, FAULTS, MULTI_THREAD};

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
