//! The end of the process, whatever locks its threads hold.

use std::io::Write;
use std::time::Duration;

use crate::text::stderr;

/// How long the last line may take.
const LAST_LINE: Duration = Duration::from_millis(200);
/// How long the flush of stdout may take: another thread may hold its lock.
const LAST_FLUSH: Duration = Duration::from_millis(50);

/// Prints the line and ends the process at once, without running destructors.
pub(super) fn exit_now(code: u8, line: String) -> ! {
    stderr::bounded(LAST_LINE, move || stderr::print(&line));
    stderr::bounded(LAST_FLUSH, || drop(std::io::stdout().flush()));
    exit(code.into())
}

#[cfg(unix)]
fn exit(code: i32) -> ! {
    signal_hook::low_level::exit(code)
}

#[cfg(not(unix))]
fn exit(code: i32) -> ! {
    std::process::exit(code)
}
