//! The end of the process, whatever locks its threads hold.

use std::io::Write;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// How long the last line may take: a stuck thread may hold the lock of stderr, or nobody reads its pipe.
const LAST_LINE: Duration = Duration::from_millis(200);

/// Says why, and ends the process at once, without running destructors.
pub(crate) fn end(code: u8, line: &str) -> ! {
    let (done, wait) = mpsc::channel();
    let line = format!("{line}\n");
    let say = move || {
        // Nothing is left to tell of an error.
        let _ = std::io::stderr().write_all(line.as_bytes());
        let _ = std::io::stdout().flush();
        let _ = done.send(());
    };
    if thread::Builder::new().spawn(say).is_ok() {
        let _ = wait.recv_timeout(LAST_LINE);
    }
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
