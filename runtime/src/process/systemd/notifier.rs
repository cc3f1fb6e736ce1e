//! Tells the service manager how a run is: `sd_notify(3)`, a datagram to the socket that `NOTIFY_SOCKET` names.
//!
//! # Invariants
//!
//! 1. Nothing here waits: neither for the other side, nor for a lock that is held while anybody does.
//! 2. `READY=1` and `STOPPING=1` are told in the order in which they came to be. What the socket has no room for is told
//!    later; of the rest, what is new by then.
//! 3. No time is asked for beyond the slowest start path, or the budget of the stop and the second behind it.
//! 4. `WATCHDOG=1` is told between `READY=1` and `STOPPING=1` alone. At other times systemd keeps no watchdog, and one
//!    that came would arm it.

use std::env;
use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::status_text;
use crate::model::GRACE;
use crate::model::GroupPhase;
use crate::process::supervisor::{Ping, Registration};
use crate::state::{GroupState, StateObserver};
use crate::sync::lock;

const READY: &str = "READY=1";
const STOPPING: &str = "STOPPING=1";

/// How often it is told who is being waited for.
const PERIOD: Duration = Duration::from_millis(500);
/// How often the runtime is asked, and its answer told, in the time that the service manager waits: one may be lost.
const PINGS: u32 = 4;

/// The line of a run to the service manager.
#[derive(Debug)]
pub(crate) struct Notifier {
    socket: UnixDatagram,
    manager: SocketAddr,
    begun: Instant,
    /// How often to tell that the runtime is not blocked, where the service manager wants to know.
    ping_every: Option<Duration>,
    said: Mutex<Said>,
}

/// What has been said, and what is to be said when.
#[derive(Debug, Default)]
struct Said {
    ready: bool,
    stopping: bool,
    over: bool,
    unsent: Vec<&'static str>,
}

impl Notifier {
    /// The line of this process, if a service manager listens.
    pub(crate) fn from_env() -> Option<Self> {
        let name = env::var_os("NOTIFY_SOCKET").filter(|name| !name.is_empty())?;
        let notifier = Self::to(&name, ping_from_env());
        notifier.map_err(|error| tracing::warn!(%error, "cannot notify the service manager")).ok()
    }

    fn to(name: &OsStr, ping_every: Option<Duration>) -> io::Result<Self> {
        let manager = address(name)?;
        let socket = UnixDatagram::unbound()?;
        socket.set_nonblocking(true)?;
        Ok(Self { socket, manager, begun: Instant::now(), ping_every, said: Mutex::default() })
    }

    /// Tells from now on how the run goes.
    pub(crate) fn serve(self: &Arc<Self>, shared: &Arc<GroupState>, registration: &Registration) {
        if let Some(every) = self.ping_every {
            let notifier = Arc::clone(self);
            registration.every(every, move |pulse, now| notifier.ping(every, pulse, now));
        }
        let (notifier, shared) = (Arc::clone(self), Arc::clone(shared));
        registration.every(PERIOD, move |_, _| notifier.go_on(&shared));
    }

    /// Reports a change of the state, if it is one.
    pub(super) fn report_state(&self, shared: &GroupState) {
        let mut said = self.said();
        if !said.ready && shared.phase() == GroupPhase::Running {
            said.ready = true;
            said.unsent.push(READY);
            // A request that came just before is told behind it once more.
            said.stopping = false;
        }
        if !said.stopping && shared.requested().is_cancelled() {
            said.stopping = true;
            said.unsent.push(STOPPING);
        }
        if !said.unsent.is_empty() {
            self.speak(shared, &mut said, Instant::now());
        }
    }

    /// Reports how the run ended; nothing is reported after it.
    pub(super) fn report_last(&self, text: &str) {
        let mut said = self.said();
        if !said.over {
            self.flush(&mut said, &status_text::line(text), None);
            said.over = true;
        }
    }

    /// Says no more.
    pub(super) fn hang_up(&self) {
        self.said().over = true;
    }

    /// Tells for whom it waits, where it does.
    fn go_on(&self, shared: &GroupState) {
        let mut said = self.said();
        if !said.ready || said.stopping || !said.unsent.is_empty() {
            self.speak(shared, &mut said, Instant::now());
        }
    }

    /// Tells that the runtime runs its tasks, if it does.
    fn ping(&self, every: Duration, pulse: &Ping, now: Instant) {
        let said = self.said();
        let is_watched = said.ready && said.unsent.is_empty() && !said.stopping && !said.over;
        if is_watched && pulse.silent_for(now) < every {
            self.send("WATCHDOG=1");
        }
        pulse.ask(now);
    }

    fn speak(&self, shared: &GroupState, said: &mut Said, now: Instant) {
        if !said.over {
            self.flush(said, &status_text::status(shared), self.left(shared, said, now));
        }
    }

    /// Tells all changes of the state that are left, or, where there are none, the status.
    fn flush(&self, said: &mut Said, status: &str, left: Option<Duration>) {
        let status = format!("STATUS={status}");
        let more = left.map(|left| format!("\nEXTEND_TIMEOUT_USEC={}", left.as_micros())).unwrap_or_default();
        if said.unsent.is_empty() {
            self.send(&format!("{status}{more}"));
        }
        let sent = said.unsent.iter().take_while(|state| {
            // In the same datagram the new state counts first, and then how long it may last.
            let more = if **state == STOPPING { &*more } else { "" };
            self.send(&format!("{state}\n{status}{more}"))
        });
        let sent = sent.count();
        said.unsent.drain(..sent);
    }

    /// How long the start, or the stop, may still take.
    fn left(&self, shared: &GroupState, said: &Said, now: Instant) -> Option<Duration> {
        let (begun, needs) = match shared.requested_at() {
            Some(at) => (at.into_std(), shared.plan.stop_within() + GRACE),
            None if said.ready => return None,
            None => (self.begun, shared.plan.slowest_start()),
        };
        // A request may have come behind that moment.
        let left = begun.checked_add(needs)?.saturating_duration_since(now).min(needs);
        Some(left).filter(|left| !left.is_zero())
    }

    /// Gives whether the socket took it. A service manager that is gone takes nothing, and needs nothing.
    fn send(&self, message: &str) -> bool {
        let sent = self.socket.send_to_addr(message.as_bytes(), &self.manager);
        !sent.is_err_and(|error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted))
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        lock(&self.said)
    }
}

impl StateObserver for Notifier {
    fn stop_requested(&self, state: &GroupState) {
        self.report_state(state);
    }

    fn phase_changed(&self, state: &GroupState) {
        self.report_state(state);
    }

    fn last_words(&self, text: &str) {
        self.report_last(text);
    }
}

fn address(name: &OsStr) -> io::Result<SocketAddr> {
    match name.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name),
        [b'/', ..] => SocketAddr::from_pathname(name),
        _ => {
            let text = format!("NOTIFY_SOCKET is `{}`, expected `/path` or `@name`", name.display());
            Err(io::Error::new(ErrorKind::Unsupported, text))
        }
    }
}

/// How often to tell that the runtime is not blocked, if the service manager waits for that, and from this process.
fn ping_from_env() -> Option<Duration> {
    let usec: u64 = env::var("WATCHDOG_USEC").ok()?.parse().ok().filter(|usec| *usec > 0)?;
    let pid = env::var("WATCHDOG_PID").ok().filter(|pid| !pid.is_empty());
    pid.is_none_or(|pid| pid == std::process::id().to_string()).then(|| Duration::from_micros(usec) / PINGS)
}

#[cfg(test)]
mod tests;
