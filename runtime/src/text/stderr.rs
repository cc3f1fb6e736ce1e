//! Writes lines to stderr without waiting for a thread that holds its lock or for a reader of its pipe.
//!
//! # Invariants
//!
//! 1. The lock of `std::io::stderr` is never taken on Unix: a stuck thread may hold it for ever.
//! 2. Every write that may block happens on a thread of its own, and the caller waits for it at most for a stated time.
//!    The reader of the pipe may have stopped reading, and the supervisor must not wait for it.

use std::io::Write;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// The time for which [`print_report`] waits for the write.
const REPORT: Duration = Duration::from_secs(1);

/// Prints a line above the live lines and returns whether it did.
pub(crate) type PrintAbove = fn(&str) -> bool;

/// Set by the console, whose next frame would erase a line that was written below it.
static PRINT_ABOVE: OnceLock<PrintAbove> = OnceLock::new();

/// Whether a thread of [`print_or_drop`] is still writing.
static IS_PRINTING: AtomicBool = AtomicBool::new(false);

/// Routes the lines of [`print_detached`] and [`print_or_drop`] through the console while it shows live lines.
#[cfg(feature = "console")]
pub(crate) fn print_above_with(print: PrintAbove) {
    // The crate has one console, so that a second call passes the same function.
    PRINT_ABOVE.get_or_init(|| print);
}

/// Prints a line on a thread of its own, and does not wait for it.
pub(crate) fn print_detached(line: String) {
    // If the system does not grant a thread, the line is lost.
    let _ = thread::Builder::new().spawn(move || print_above_or_below(&line));
}

/// Prints a line like [`print_detached`], or drops it while an earlier one is still being written: threads must not
/// pile up at a pipe that nobody reads.
pub(crate) fn print_or_drop(line: String) {
    // The flag works as a lock: Acquire orders this line after the write of the thread that cleared it with Release.
    if IS_PRINTING.swap(true, Ordering::Acquire) {
        return;
    }
    let print = move || {
        print_above_or_below(&line);
        // Release: the thread that sees the cleared flag also sees this write as done.
        IS_PRINTING.store(false, Ordering::Release);
    };
    if thread::Builder::new().spawn(print).is_err() {
        // Release pairs with the Acquire above, as in the thread.
        IS_PRINTING.store(false, Ordering::Release);
    }
}

/// Prints the report of a run, and waits for at most a second.
pub(crate) fn print_report(text: String) {
    bounded(REPORT, move || print(&text));
}

/// Runs `act` on a thread of its own and waits for it for at most `limit`. A thread that takes longer goes on, detached.
pub(crate) fn bounded(limit: Duration, act: impl FnOnce() + Send + 'static) {
    let (done, finished) = mpsc::channel();
    let act = move || {
        act();
        // The receiver is dropped when the limit has passed.
        let _ = done.send(());
    };
    if thread::Builder::new().spawn(act).is_ok() {
        let _ = finished.recv_timeout(limit);
    }
}

/// Writes a line to stderr. An error is ignored, since there is no other place to report it; `eprintln!` would panic.
pub(crate) fn print(line: &str) {
    let line = format!("{line}\n");
    if unlocked().and_then(|mut stderr| stderr.write_all(line.as_bytes())).is_err() {
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
}

fn print_above_or_below(line: &str) {
    if !PRINT_ABOVE.get().is_some_and(|print_above| print_above(line)) {
        print(line);
    }
}

/// Returns stderr without its lock, which another thread may hold for ever.
#[cfg(unix)]
pub(crate) fn unlocked() -> std::io::Result<std::fs::File> {
    use std::os::fd::AsFd;
    Ok(std::io::stderr().as_fd().try_clone_to_owned()?.into())
}

/// Returns stderr. Its lock cannot be avoided on this platform.
#[cfg(not(unix))]
pub(crate) fn unlocked() -> std::io::Result<std::io::Stderr> {
    Ok(std::io::stderr())
}
