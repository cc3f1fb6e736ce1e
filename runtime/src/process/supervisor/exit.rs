//! The end of the process, whatever locks its threads hold.

use std::io::Write;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::text::stderr;

/// The exit code of a process that the supervisor ends: the table of [`Outcome`](crate::Outcome) describes it.
pub(super) const ENDED_BY_SUPERVISOR: u8 = 4;
/// The exit code of a process whose work was cut: the table of [`Outcome`](crate::Outcome) describes it.
pub(super) const WORK_CUT: u8 = 3;

/// How long the last line may take.
const LAST_LINE: Duration = Duration::from_millis(200);
/// How long the flush of stdout may take: another thread may hold its lock.
const LAST_FLUSH: Duration = Duration::from_millis(50);

/// Prints the line and ends the process at once, without running destructors.
pub(super) fn exit_now(code: u8, line: String) -> ! {
    stderr::print_within(LAST_LINE, line);
    flush_stdout();
    exit(code.into())
}

/// Flushes stdout on a thread of its own, and waits for at most [`LAST_FLUSH`]. If the system grants no thread, what is in
/// the buffer is lost: at most a part of a line.
fn flush_stdout() {
    let (flushed, is_flushed) = mpsc::channel();
    let flush = move || {
        let _ = std::io::stdout().flush();
        let _ = flushed.send(());
    };
    if thread::Builder::new().spawn(flush).is_ok() {
        let _ = is_flushed.recv_timeout(LAST_FLUSH);
    }
}

#[cfg(unix)]
fn exit(code: i32) -> ! {
    signal_hook::low_level::exit(code)
}

#[cfg(not(unix))]
fn exit(code: i32) -> ! {
    std::process::exit(code)
}
