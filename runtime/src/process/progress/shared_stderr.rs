//! Where log lines and live lines meet: who writes to stderr now.

use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard};
use std::thread::Thread;

use tokio_util::sync::CancellationToken;

use crate::sync::lock;
use crate::text::stderr::unlocked;

static STDERR: Mutex<SharedStderr> =
    Mutex::new(SharedStderr { live: None, waiting: Vec::new(), requested: None });

/// Wipes the line that the cursor is on.
const WIPE: &[u8] = b"\r\x1b[K";

/// Who writes to stderr now: whoever logs, or the thread of the live lines.
struct SharedStderr {
    /// The thread, while there are live lines.
    live: Option<Thread>,
    /// What was logged meanwhile, and is not written yet.
    waiting: Vec<u8>,
    /// On a terminal, cancelled when the group is asked to stop: by a key, which the terminal shows as `^C`.
    requested: Option<CancellationToken>,
}

impl SharedStderr {
    /// Gives it to the thread of the live lines, if there are any.
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

/// A writer to stderr that does not garble live lines: for a logger, say the `with_writer` of `tracing_subscriber`.
///
/// What is written appears above the live lines, whole lines at a time, and at once where there are none. While there
/// are, it is the console's thread that writes, so that a terminal which takes nothing holds up nobody who logs.
#[must_use]
pub fn writer() -> Writer {
    Writer { line: Vec::new() }
}

/// A writer to stderr that does not garble live lines: [`writer`].
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
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            return Ok(());
        }
        let mut stderr = shared();
        if stderr.print_above(&line) {
            return Ok(());
        }
        // The desk stays locked, so that no live lines begin in the middle of it: so nothing here takes the lock of
        // stderr, whose holder may be about to log.
        if stderr.requested.take_if(|requested| requested.is_cancelled()).is_some() {
            unlocked()?.write_all(WIPE)?;
        }
        unlocked()?.write_all(&line)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Nobody is left to be told.
        let _ = self.flush();
    }
}

/// Gives a line to the thread of the live lines; false where there are none.
pub(super) fn print_above(line: &str) -> bool {
    shared().print_above(format!("{line}\n").as_bytes())
}

/// There is a console on this terminal, until the group is asked to stop.
pub(super) fn watch(requested: CancellationToken) {
    shared().requested = Some(requested);
}

/// From now on the current thread alone writes; false where another one does already.
pub(super) fn take() -> bool {
    let mut stderr = shared();
    let is_free = stderr.live.is_none();
    if is_free {
        stderr.live = Some(std::thread::current());
        // The first frame wipes the line.
        stderr.requested.take_if(|requested| requested.is_cancelled());
    }
    is_free
}

/// What was logged since the last time.
pub(super) fn logged() -> Vec<u8> {
    std::mem::take(&mut shared().waiting)
}

/// The live lines are gone: writes what is left, and whoever logs writes again.
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

    /// There is one desk for all.
    static ALONE: Mutex<()> = Mutex::new(());

    fn alone() -> MutexGuard<'static, ()> {
        lock(&ALONE)
    }

    #[test]
    fn what_is_passed_is_said_by_whoever_draws() {
        let _alone = alone();
        assert!(!print_above("nobody draws"));
        assert!(take());
        assert!(print_above("a line"));
        assert_eq!(logged(), b"a line\n");
        assert!(print_above("the last line"));
        let mut said = Vec::new();
        leave(|bytes| said.extend_from_slice(bytes));
        assert_eq!(said, b"the last line\n");
        assert!(!print_above("nobody draws any more"));
    }

    /// The guard has deadlines to keep, while whoever logs may wait with the desk for a reader of stderr.
    #[test]
    fn the_guard_waits_for_nobody_who_logs() {
        let _alone = alone();
        assert!(take());
        let held = shared();
        let (done, wait) = channel();
        std::thread::spawn(move || {
            stderr::print_above_with(print_above);
            stderr::print_detached("a line".to_owned());
            done.send(())
        });
        let said = wait.recv_timeout(Duration::from_secs(20));
        drop(held);
        assert_eq!(said, Ok(()));
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
    fn who_logs_waits_for_nobody_who_holds_stderr() {
        let _alone = alone();
        let held = io::stderr().lock();
        let (done, wait) = channel();
        std::thread::spawn(move || done.send(writer().write_all(b"logged\n").is_ok()));
        let written = wait.recv_timeout(Duration::from_secs(20));
        drop(held);
        assert_eq!(written, Ok(true));
    }
}
