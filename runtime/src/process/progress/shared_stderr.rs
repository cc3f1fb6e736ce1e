//! Decides which thread writes to stderr now: one that logs, or the one that draws the live lines.

use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard};
use std::thread::Thread;

use tokio_util::sync::CancellationToken;

use crate::sync::lock;
use crate::text::stderr::print_bytes;

static STDERR: Mutex<SharedStderr> =
    Mutex::new(SharedStderr { live: None, waiting: Vec::new(), requested: None });

/// Erases the line of the cursor.
const ERASE: &[u8] = b"\r\x1b[K";

/// Which thread writes to stderr now.
struct SharedStderr {
    /// The thread that draws, while there are live lines.
    live: Option<Thread>,
    /// What was logged in the meantime and is not written yet.
    waiting: Vec<u8>,
    /// On a terminal, cancelled when a stop is requested: by a key, which the terminal shows as `^C`.
    requested: Option<CancellationToken>,
}

impl SharedStderr {
    /// Passes a line to the thread that draws; returns false if there are no live lines.
    fn print_above(&mut self, line: &[u8]) -> bool {
        let Some(thread) = &self.live else { return false };
        thread.unpark();
        self.waiting.extend_from_slice(line);
        true
    }
}

fn shared() -> MutexGuard<'static, SharedStderr> {
    lock(&STDERR)
}

/// Returns a writer to stderr that keeps live lines readable: for a logger, for example `with_writer` of
/// `tracing_subscriber`.
///
/// Whole lines appear above the live lines, or at once if there are none. While there are live lines, their thread writes,
/// so that a terminal that does not read does not block the code that logs.
///
/// It never returns an error: a line that cannot be written is lost. Loggers such as `tracing_subscriber::fmt` report an
/// error of their writer on stderr, and panic if that is gone.
#[must_use]
pub fn writer() -> Writer {
    Writer { line: Vec::new() }
}

/// A writer to stderr that keeps live lines readable: [`writer`].
#[derive(Debug)]
pub struct Writer {
    /// What is not a whole line yet.
    line: Vec<u8>,
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.line.extend_from_slice(bytes);
        if self.line.ends_with(b"\n") {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut line = std::mem::take(&mut self.line);
        if line.is_empty() {
            return Ok(());
        }
        let mut stderr = shared();
        if stderr.print_above(&line) {
            return Ok(());
        }
        // This lock is held, so that no live lines begin in the middle of the write. So nothing here takes the lock of
        // `std::io::stderr`, whose holder may be about to log.
        if stderr.requested.take_if(|requested| requested.is_cancelled()).is_some() {
            line.splice(..0, ERASE.iter().copied());
        }
        print_bytes(&line);
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // There is no caller to return an error to.
        let _ = self.flush();
    }
}

/// Passes a line to the thread that draws; returns false if there are no live lines.
pub(super) fn print_above(line: &str) -> bool {
    shared().print_above(format!("{line}\n").as_bytes())
}

/// Records that a display is open on this terminal, until the stop of its group is requested.
pub(super) fn watch(requested: CancellationToken) {
    shared().requested = Some(requested);
}

/// Makes the current thread the only writer; returns false if another thread is.
pub(super) fn take() -> bool {
    let mut stderr = shared();
    let is_free = stderr.live.is_none();
    if is_free {
        stderr.live = Some(std::thread::current());
        // The first frame erases the line.
        stderr.requested.take_if(|requested| requested.is_cancelled());
    }
    is_free
}

/// Takes what was logged since the last call.
pub(super) fn logged() -> Vec<u8> {
    std::mem::take(&mut shared().waiting)
}

/// Writes what is left after the live lines are gone; then code that logs writes by itself again.
pub(super) fn leave(mut write: impl FnMut(&[u8])) {
    loop {
        let mut stderr = shared();
        if stderr.waiting.is_empty() {
            stderr.live = None;
            return;
        }
        let left = std::mem::take(&mut stderr.waiting);
        drop(stderr);
        write(&left);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::text::stderr;

    /// The tests share one static.
    static ALONE: Mutex<()> = Mutex::new(());

    fn alone() -> MutexGuard<'static, ()> {
        lock(&ALONE)
    }

    #[test]
    fn a_passed_line_is_written_by_the_thread_that_draws() {
        let _alone = alone();
        assert!(!print_above("no thread draws"));
        assert!(take());
        assert!(print_above("a line"));
        assert_eq!(logged(), b"a line\n");
        assert!(print_above("the last line"));
        let mut written = Vec::new();
        leave(|bytes| written.extend_from_slice(bytes));
        assert_eq!(written, b"the last line\n");
        assert!(!print_above("no thread draws any longer"));
    }

    /// The supervisor has deadlines to keep, while code that logs may hold this lock until stderr is read.
    #[test]
    fn the_supervisor_does_not_wait_for_code_that_logs() {
        let _alone = alone();
        assert!(take());
        let held = shared();
        let (done, wait) = channel();
        std::thread::spawn(move || {
            stderr::print_above_with(print_above);
            stderr::print_detached("a line".to_owned());
            done.send(())
        });
        let printed = wait.recv_timeout(Duration::from_secs(20));
        drop(held);
        assert_eq!(printed, Ok(()));
        let until = Instant::now() + Duration::from_secs(20);
        let mut passed = Vec::new();
        while passed.is_empty() && Instant::now() < until {
            passed = logged();
            std::thread::yield_now();
        }
        leave(|_| ());
        assert_eq!(passed, b"a line\n");
    }

    #[test]
    fn code_that_logs_does_not_wait_for_the_lock_of_stderr() {
        let _alone = alone();
        let held = io::stderr().lock();
        let (done, wait) = channel();
        std::thread::spawn(move || done.send(writer().write_all(b"logged\n").is_ok()));
        let written = wait.recv_timeout(Duration::from_secs(20));
        drop(held);
        assert_eq!(written, Ok(true));
    }
}
