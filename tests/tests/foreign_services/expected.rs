//! What is expected of the processes of a place.

use crate::processes::{CURRENT_THREAD, Cell, ENDS, MULTI_THREAD};

/// What is expected of a process: its exit code, a text on stderr, and which of the lines of the others it printed.
pub(crate) struct Expected {
    code: i32,
    text: &'static str,
    lines: &'static [&'static str],
}

/// A thread of the runtime is blocked, although all services have stopped.
pub(crate) const STILL_BLOCKED: &str = "its runtime has not shut down within 500 ms";
pub(crate) const NEIGHBOUR: &str = "neighbour stopped";
pub(crate) const CLOSED: &str = "closed";
pub(crate) const MAIN: &str = "main goes on";
/// All services beside the faulty one stopped, and `main` went on.
pub(crate) const ALL: &[&str] = &[NEIGHBOUR, CLOSED, MAIN];
/// The same, and then the process was ended, since a thread of the runtime is blocked.
pub(crate) const STOPPED: &[&str] = &[NEIGHBOUR, CLOSED];

pub(crate) fn expected(code: i32, text: &'static str, lines: &'static [&'static str]) -> Expected {
    Expected { code, text, lines }
}

#[track_caller]
pub(crate) fn assert_end(cell: Cell, expected: &Expected) {
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
pub(crate) fn assert_place(place: &'static str, [panics, is_slow, blocks]: [Expected; 3]) {
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
pub(crate) fn assert_named(place: &'static str, service: &str) {
    for how in ["is-slow", "blocks"] {
        let end = &ENDS[&(place, how, CURRENT_THREAD)];
        let named = format!("with `{service}` on a thread");
        assert!(end.on_stderr.iter().any(|line| line.contains(&named)), "{place} {how}: {}", end.text());
    }
}
