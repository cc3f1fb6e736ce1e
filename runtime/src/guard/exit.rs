//! What the guard says, and the end of the process, whatever locks its threads hold.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// How long the last line may take: a stuck thread may hold the lock of stderr, or nobody reads its pipe.
const LAST_LINE: Duration = Duration::from_millis(200);

/// A line is being written. While that is so no other begins: threads must not pile up behind a stderr that is held.
static IS_SAYING: AtomicBool = AtomicBool::new(false);

/// Says a line on stderr, on a thread of its own, so that nobody has to wait for it.
pub(super) fn say(line: String) {
    if IS_SAYING.swap(true, Ordering::SeqCst) {
        return;
    }
    let say = move || {
        write(line);
        IS_SAYING.store(false, Ordering::SeqCst);
    };
    if thread::Builder::new().spawn(say).is_err() {
        IS_SAYING.store(false, Ordering::SeqCst);
    }
}

/// Says why, and ends the process at once, without running destructors.
pub(crate) fn end(code: u8, line: &str) -> ! {
    let (done, wait) = mpsc::channel();
    let line = line.to_owned();
    let say = move || {
        write(line);
        let _ = std::io::stdout().flush();
        let _ = done.send(());
    };
    if thread::Builder::new().spawn(say).is_ok() {
        let _ = wait.recv_timeout(LAST_LINE);
    }
    exit(code.into())
}

fn write(mut line: String) {
    line.push('\n');
    // Nothing is left to tell of an error.
    let _ = std::io::stderr().write_all(line.as_bytes());
}

#[cfg(unix)]
fn exit(code: i32) -> ! {
    signal_hook::low_level::exit(code)
}

#[cfg(not(unix))]
fn exit(code: i32) -> ! {
    std::process::exit(code)
}
