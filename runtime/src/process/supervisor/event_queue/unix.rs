//! Signals come through the self-pipe pattern; waking the guard writes to the same pipe.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

use signal_hook::consts::signal::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::{flag, low_level};

use crate::model::SignalKind;

/// The signals that stop a run.
const SIGNALS: [i32; 4] = [SIGTERM, SIGINT, SIGHUP, SIGQUIT];

#[derive(Debug)]
pub(crate) struct EventQueue {
    read: UnixStream,
    write: UnixStream,
    pending: [Arc<AtomicBool>; SIGNALS.len()],
    listening: Once,
}

impl EventQueue {
    pub(crate) fn new() -> Self {
        let pipe = UnixStream::pair().and_then(|(read, write)| {
            write.set_nonblocking(true)?;
            Ok((read, write))
        });
        let (read, write) = pipe.expect("the guard of the process has two file descriptors for its pipe");
        Self { read, write, pending: Default::default(), listening: Once::new() }
    }

    /// Installs the handlers, which stay for good.
    ///
    /// The library below installs a handler before it knows what that is to do: a signal between the two is lost, and
    /// so is what it would have done by default. That is a few microseconds, once in the life of a process, and before
    /// anything has started; nothing can be done about it without `unsafe` code.
    pub(crate) fn listen(&self) {
        self.listening.call_once(|| {
            for (signal, pending) in SIGNALS.into_iter().zip(&self.pending) {
                if signal == SIGHUP && is_ignored(signal) {
                    continue;
                }
                // In this order: who wakes finds the flag set.
                let installed = flag::register(signal, Arc::clone(pending))
                    .and_then(|_| low_level::pipe::register(signal, self.write.try_clone()?));
                if let Err(error) = installed {
                    tracing::error!(signal = %kind(signal), %error, "cannot listen for a signal");
                }
            }
            // A signal between the two has set its flag, and woken nobody.
            self.wake();
        });
    }

    /// Waits for a signal, for [`wake`](Self::wake), or until the moment; gives the signals that came.
    pub(crate) fn wait(&self, until: Option<Instant>) -> Vec<i32> {
        // A timeout of zero would be refused.
        let timeout = until.map(|until| until.saturating_duration_since(Instant::now()));
        let timeout = timeout.map(|timeout| timeout.max(Duration::from_millis(1)));
        // Whatever the read gives, the flags say what came; a failed one must not spin.
        let mut bytes = [0; 64];
        let waited = self.read.set_read_timeout(timeout).and_then(|()| (&self.read).read(&mut bytes));
        if waited.is_err_and(|error| !is_timeout(&error)) {
            std::thread::sleep(Duration::from_millis(1));
        }
        let came = SIGNALS.into_iter().zip(&self.pending);
        came.filter(|(_, pending)| pending.swap(false, Ordering::SeqCst)).map(|(signal, _)| signal).collect()
    }

    pub(crate) fn wake(&self) {
        // A full pipe wakes just as well.
        let _ = (&self.write).write(&[0]);
    }
}

fn is_timeout(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), Interrupted | TimedOut | WouldBlock)
}

/// Whether the signal was ignored when the process began, as nohup does with SIGHUP: a handler would undo that.
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// The signal's name: `SIGTERM`.
/// Returns the kind of one of the signals that this queue listens for.
pub(crate) fn kind(signal: i32) -> SignalKind {
    match signal {
        SIGTERM => SignalKind::Terminate,
        SIGQUIT => SignalKind::Quit,
        SIGHUP => SignalKind::Hangup,
        _ => SignalKind::Interrupt,
    }
}

/// What the signal would do if nobody listened.
pub(crate) fn default(signal: i32) {
    if let Err(error) = low_level::emulate_default_handler(signal) {
        tracing::error!(signal = %kind(signal), %error, "cannot do what the signal does by default");
    }
}
