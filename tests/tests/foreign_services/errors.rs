//! The texts, the sources and the drop of errors.

use crate::expected::{
    ALL, CLOSED, MAIN, STILL_BLOCKED, STOPPED, assert_end, assert_named, assert_place, expected,
};
use crate::processes::{CURRENT_THREAD, ENDS, FAULTS, MULTI_THREAD};

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
