//! Writes lines to stderr without waiting for a thread that holds its lock or for a reader of its pipe.
//!
//! # Invariants
//!
//! 1. The lock of `std::io::stderr` is never taken on Unix: a stuck thread may hold it for ever.
//! 2. Every write that may block happens on the printer, a thread that exists from the beginning of the first run: at the
//!    end the system may grant no other. The caller waits for it at most for a stated time, since the reader of the pipe
//!    may have stopped reading.

use std::io::{ErrorKind, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

/// The time for which [`print_report`] waits for the write.
const REPORT: Duration = Duration::from_secs(1);
/// The time for which a write to a stderr that does not block, and is full, is tried again.
const FULL: Duration = Duration::from_secs(1);
/// The pause between two tries.
const RETRY: Duration = Duration::from_millis(5);

/// Prints a line above the live lines and returns whether it did.
pub(crate) type PrintAbove = fn(&str) -> bool;

/// Set by the console, whose next frame would erase a line that was written below it.
static PRINT_ABOVE: OnceLock<PrintAbove> = OnceLock::new();

static PRINTER: OnceLock<Sender<Job>> = OnceLock::new();

/// How many texts the printer has not written. `Relaxed` is enough: the channel orders the texts.
static WAITING: AtomicUsize = AtomicUsize::new(0);

/// What the printer writes.
struct Job {
    text: String,
    /// Whether it goes above the live lines.
    above: bool,
    written: Option<Sender<()>>,
}

/// Spawns the printer. Without it each text needs a thread of its own.
pub(crate) fn start_printer() {
    let (sender, texts) = mpsc::channel();
    if thread::Builder::new().name("service-group-stderr".to_owned()).spawn(move || print_all(&texts)).is_ok()
    {
        // There is one supervisor in the process, which calls this once.
        PRINTER.get_or_init(|| sender);
    }
}

fn print_all(texts: &Receiver<Job>) {
    while let Ok(text) = texts.recv() {
        text.print();
    }
}

impl Job {
    fn send(self) {
        WAITING.fetch_add(1, Ordering::Relaxed);
        match PRINTER.get() {
            // The printer never ends.
            Some(printer) => drop(printer.send(self)),
            None => {
                if thread::Builder::new().spawn(move || self.print()).is_err() {
                    // The system does not grant a thread: the text is lost.
                    WAITING.fetch_sub(1, Ordering::Relaxed);
                }
            }
        }
    }

    fn print(self) {
        if !(self.above && PRINT_ABOVE.get().is_some_and(|print_above| print_above(&self.text))) {
            print(&self.text);
        }
        WAITING.fetch_sub(1, Ordering::Relaxed);
        if let Some(written) = self.written {
            // The receiver is gone when the limit has passed.
            let _ = written.send(());
        }
    }
}

/// Routes the lines of [`print_detached`] and [`print_or_drop`] through the console while it shows live lines.
#[cfg(feature = "console")]
pub(crate) fn print_above_with(print: PrintAbove) {
    // The crate has one console, so that a second call passes the same function.
    PRINT_ABOVE.get_or_init(|| print);
}

/// Prints a line, and does not wait for it.
pub(crate) fn print_detached(line: String) {
    Job { text: line, above: true, written: None }.send();
}

/// Prints a line like [`print_detached`], or drops it while an earlier one is still being written: lines must not pile up
/// at a pipe that nobody reads.
pub(crate) fn print_or_drop(line: String) {
    if WAITING.load(Ordering::Relaxed) == 0 {
        print_detached(line);
    }
}

/// Prints the report of a run, and waits for at most a second.
pub(crate) fn print_report(text: String) {
    print_within(REPORT, text);
}

/// Prints a text after all earlier ones, and waits for at most `limit`.
pub(crate) fn print_within(limit: Duration, text: String) {
    let (written, is_written) = mpsc::channel();
    Job { text, above: false, written: Some(written) }.send();
    let _ = is_written.recv_timeout(limit);
}

/// Waits until all lines are written, for at most `limit`.
pub(crate) fn flush(limit: Duration) {
    let end = Instant::now() + limit;
    while WAITING.load(Ordering::Relaxed) > 0 && Instant::now() < end {
        thread::sleep(Duration::from_millis(1));
    }
}

/// Writes a line to stderr. An error is ignored, since there is no other place to report it; `eprintln!` would panic.
fn print(line: &str) {
    print_bytes(format!("{line}\n").as_bytes());
}

/// Writes bytes to stderr, and ignores an error.
pub(crate) fn print_bytes(bytes: &[u8]) {
    match unlocked() {
        Ok(mut stderr) => write_all(&mut stderr, bytes),
        Err(_) => write_all(&mut std::io::stderr(), bytes),
    }
}

/// Writes everything, and waits a while for a stderr that does not block and is full.
fn write_all(stderr: &mut impl Write, mut bytes: &[u8]) {
    let end = Instant::now() + FULL;
    while !bytes.is_empty() {
        match stderr.write(bytes) {
            Ok(0) => return,
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock && Instant::now() < end => {
                thread::sleep(RETRY);
            }
            Err(_) => return,
        }
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

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    /// Takes nothing at first, and then some bytes at a time.
    struct Full {
        refusals: u32,
        taken: Vec<u8>,
    }

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.refusals > 0 {
                self.refusals -= 1;
                return Err(ErrorKind::WouldBlock.into());
            }
            self.refusals = 1;
            let taken = bytes.len().min(3);
            self.taken.extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_stderr_that_is_full_for_a_moment_gets_the_whole_text() {
        let mut full = Full { refusals: 2, taken: Vec::new() };
        write_all(&mut full, b"the report");
        assert_eq!(full.taken, b"the report");
    }
}
