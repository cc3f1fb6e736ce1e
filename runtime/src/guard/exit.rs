//! What is said on stderr, and the end of the process, whatever locks its threads hold.
//!
//! A stuck thread may hold the lock of stderr, which is therefore left out; and nobody may read its pipe, so that whatever is
//! said is said by a thread of its own, and waited for only so long.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

#[cfg(feature = "console")]
use crate::console::pass;

/// How long the last line may take where the process has to end.
const LAST_LINE: Duration = Duration::from_millis(200);
/// How long the flush of stdout may take then: its lock may be held.
const LAST_FLUSH: Duration = Duration::from_millis(50);
/// How long the report of a run may take, where nothing is in a hurry.
const REPORT: Duration = Duration::from_secs(1);

/// Something is being mentioned.
static IS_MENTIONING: AtomicBool = AtomicBool::new(false);

/// Says a line, and waits for nothing.
pub(crate) fn say(line: String) {
    // Without a thread there is nobody who could say it.
    let _ = thread::Builder::new().spawn(move || write_apart(&line));
}

/// Says a line that may be left out: where the last one still waits for somebody to read it, so that threads do not pile up
/// behind a pipe that nobody reads.
pub(super) fn mention(line: String) {
    if IS_MENTIONING.swap(true, Ordering::SeqCst) {
        return;
    }
    let mention = move || {
        write_apart(&line);
        IS_MENTIONING.store(false, Ordering::SeqCst);
    };
    if thread::Builder::new().spawn(mention).is_err() {
        IS_MENTIONING.store(false, Ordering::SeqCst);
    }
}

/// Says how a run ended.
pub(crate) fn tell(text: String) {
    within(REPORT, move || write(&text));
}

/// Says why, and ends the process at once, without running destructors.
pub(super) fn end(code: u8, line: String) -> ! {
    within(LAST_LINE, move || write(&line));
    within(LAST_FLUSH, || drop(std::io::stdout().flush()));
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
    let line = format!("{line}\n");
    if unlocked().and_then(|mut stderr| stderr.write_all(line.as_bytes())).is_err() {
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
}

/// Above the live lines where there are some, whose next frame would wipe it. It may wait for whoever logs.
fn write_apart(line: &str) {
    if !pass(line) {
        write(line);
    }
}

#[cfg(not(feature = "console"))]
fn pass(_: &str) -> bool {
    false
}

/// Stderr without its lock, which somebody may hold for ever, or while waiting for the caller.
#[cfg(unix)]
pub(crate) fn unlocked() -> std::io::Result<std::fs::File> {
    use std::os::fd::AsFd;
    Ok(std::io::stderr().as_fd().try_clone_to_owned()?.into())
}

#[cfg(not(unix))]
pub(crate) fn unlocked() -> std::io::Result<std::io::Stderr> {
    Ok(std::io::stderr())
}

#[cfg(unix)]
fn exit(code: i32) -> ! {
    signal_hook::low_level::exit(code)
}

#[cfg(not(unix))]
fn exit(code: i32) -> ! {
    std::process::exit(code)
}
