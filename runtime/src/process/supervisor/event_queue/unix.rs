//! Receives signals by the self-pipe pattern. A wake-up writes to the same pipe.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

use signal_hook::consts::signal::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::{flag, low_level};

use crate::model::SignalKind;
use crate::process::supervisor::SignalSet;
use crate::text::stderr;

/// The signals that stop a run.
const SIGNALS: [i32; 4] = [SIGTERM, SIGINT, SIGHUP, SIGQUIT];

#[derive(Debug)]
pub(crate) struct EventQueue {
    read: UnixStream,
    write: UnixStream,
    pending: [Arc<AtomicBool>; SIGNALS.len()],
    listening: [Once; SIGNALS.len()],
}

impl EventQueue {
    pub(crate) fn new() -> Self {
        let pipe = UnixStream::pair().and_then(|(read, write)| {
            write.set_nonblocking(true)?;
            Ok((read, write))
        });
        let (read, write) = pipe.expect("two file descriptors for the pipe of the supervisor are available");
        Self { read, write, pending: Default::default(), listening: [const { Once::new() }; SIGNALS.len()] }
    }

    /// Installs the handlers, which stay until the process ends.
    ///
    /// signal-hook installs a handler before its action is registered: a signal between the two is lost, and so is its
    /// default action. That is a few microseconds, once in a process, before anything has started. It cannot be avoided
    /// without `unsafe` code.
    ///
    /// A signal that was ignored when the process began stays ignored, as SIGHUP is under nohup, and SIGINT and SIGQUIT in
    /// a shell's background job. SIGTERM is not among them: a service manager must be able to stop the process.
    pub(crate) fn listen(&self, signals: SignalSet) {
        let ignored = mask("/proc/self/status", "SigIgn:").unwrap_or(0) & !bit(SIGTERM);
        for ((signal, pending), listening) in SIGNALS.into_iter().zip(&self.pending).zip(&self.listening) {
            if signals.contains(kind(signal)) && ignored & bit(signal) == 0 {
                listening.call_once(|| self.install(signal, pending));
            }
        }
        // A signal between the two has set its flag without waking the reader.
        self.wake();
    }

    fn install(&self, signal: i32, pending: &Arc<AtomicBool>) {
        // In this order: the flag is set before the pipe wakes the reader.
        let installed = flag::register(signal, Arc::clone(pending))
            .and_then(|_| low_level::pipe::register(signal, self.write.try_clone()?));
        if let Err(error) = installed {
            let signal = kind(signal);
            stderr::print_detached(format!("service-group: cannot listen for {signal}: {error}"));
        }
    }

    /// Waits for a signal, for [`wake`](Self::wake), or until that time, and returns the signals that arrived.
    pub(crate) fn wait(&self, until: Option<Instant>) -> Vec<i32> {
        // The system refuses a timeout of zero.
        let timeout = until.map(|until| until.saturating_duration_since(Instant::now()));
        let timeout = timeout.map(|timeout| timeout.max(Duration::from_millis(1)));
        // The flags record the signals, so that the result of the read does not matter. A read that fails must not make the
        // loop spin.
        let mut bytes = [0; 64];
        let waited = self.read.set_read_timeout(timeout).and_then(|()| (&self.read).read(&mut bytes));
        if waited.is_err_and(|error| !is_timeout(&error)) {
            std::thread::sleep(Duration::from_millis(1));
        }
        let pending = SIGNALS.into_iter().zip(&self.pending);
        // Acquire pairs with the store of the handler; the flag guards no other data.
        pending
            .filter(|(_, pending)| pending.swap(false, Ordering::Acquire))
            .map(|(signal, _)| signal)
            .collect()
    }

    pub(crate) fn wake(&self) {
        // A full pipe wakes the reader, too.
        let _ = (&self.write).write(&[0]);
    }
}

fn is_timeout(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), Interrupted | TimedOut | WouldBlock)
}

/// Returns which of the signals are blocked in every thread of the process, so that no handler runs.
pub(crate) fn blocked(signals: SignalSet) -> Vec<SignalKind> {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let mut masks = threads.map(|thread| mask(thread.path().join("status"), "SigBlk:").unwrap_or(0));
    // Where no thread is shown, no signal is known to be blocked.
    let mut in_all = masks.next().unwrap_or(0);
    for mask in masks {
        if in_all == 0 {
            break;
        }
        in_all &= mask;
    }
    let blocked = SIGNALS.into_iter().filter(|&signal| in_all & bit(signal) != 0).map(kind);
    blocked.filter(|&signal| signals.contains(signal)).collect()
}

/// Returns a mask of signals in a status file.
fn mask(status: impl AsRef<Path>, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(status).ok()?;
    let mask = status.lines().find_map(|line| line.strip_prefix(name))?;
    u64::from_str_radix(mask.trim(), 16).ok()
}

/// Returns the bit of a signal in a mask.
fn bit(signal: i32) -> u64 {
    1 << (signal - 1)
}

/// Returns the kind of one of the signals that this queue listens for.
pub(crate) fn kind(signal: i32) -> SignalKind {
    match signal {
        SIGTERM => SignalKind::Terminate,
        SIGQUIT => SignalKind::Quit,
        SIGHUP => SignalKind::Hangup,
        _ => SignalKind::Interrupt,
    }
}

/// Does what the signal does without a handler: nothing in process 1, for which the system ignores such signals.
pub(crate) fn run_default(signal: i32) {
    if std::process::id() == 1 {
        return;
    }
    if let Err(error) = low_level::emulate_default_handler(signal) {
        let signal = kind(signal);
        stderr::print_detached(format!("service-group: cannot run the default action of {signal}: {error}"));
    }
}
