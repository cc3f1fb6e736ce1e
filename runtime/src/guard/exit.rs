//! What is said on stderr, and the end of the process, whatever locks its threads hold.
//!
//! A stuck thread may hold the lock of stderr, and nobody may read its pipe: whatever is said is said by a thread of its
//! own, and waited for only so long.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// How long each of the last things may take where the process has to end: the line, and what is left of stdout.
const LAST: Duration = Duration::from_millis(100);
/// How long the report of a run may take where nothing is in a hurry.
const REPORT: Duration = Duration::from_secs(1);

/// A line is being written. While that is so no other begins: threads must not pile up behind a stderr that is held.
static IS_SAYING: AtomicBool = AtomicBool::new(false);

/// Says a line, and waits for nothing.
pub(super) fn say(line: String) {
    if IS_SAYING.swap(true, Ordering::SeqCst) {
        return;
    }
    let say = move || {
        write(&line);
        IS_SAYING.store(false, Ordering::SeqCst);
    };
    if thread::Builder::new().spawn(say).is_err() {
        IS_SAYING.store(false, Ordering::SeqCst);
    }
}

/// Says how a run ended.
pub(crate) fn tell(text: String) {
    within(REPORT, move || write(&text));
}

/// Says why, and ends the process at once, without running destructors.
pub(super) fn end(code: u8, line: String) -> ! {
    within(LAST, move || write(&line));
    within(LAST, || drop(std::io::stdout().flush()));
    exit(code.into())
}

/// Does it on another thread; leaves that behind where it takes too long.
fn within(patience: Duration, act: impl FnOnce() + Send + 'static) {
    let (done, wait) = mpsc::channel();
    let act = move || {
        act();
        // Nobody waits any more.
        let _ = done.send(());
    };
    if thread::Builder::new().spawn(act).is_ok() {
        let _ = wait.recv_timeout(patience);
    }
}

/// `eprintln` would panic where stderr is full or closed; nothing is left to tell of an error.
fn write(line: &str) {
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}

#[cfg(unix)]
fn exit(code: i32) -> ! {
    signal_hook::low_level::exit(code)
}

#[cfg(not(unix))]
fn exit(code: i32) -> ! {
    std::process::exit(code)
}
