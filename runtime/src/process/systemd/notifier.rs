//! Notifies the service manager: `sd_notify(3)`, a datagram to the socket that `NOTIFY_SOCKET` names.
//!
//! It is not the crate sd-notify 0.5, which creates a socket for each message, blocks where that is full, and knows no
//! abstract names. A time is requested as a whole, up to the end of the budget: systemd takes the later of what it has and
//! what is requested, so that a lost message costs nothing.
//!
//! # Invariants
//!
//! 1. Nothing here waits for the service manager, or for a lock that is held while a thread waits.
//! 2. `READY=1` and `STOPPING=1` are sent in the order of the events. What the socket has no room for is sent later; of
//!    the other messages only the newest is sent.
//! 3. No time is requested beyond the slowest start path, or the budget of the stop and the grace period after it.
//! 4. `WATCHDOG=1` is sent between `READY=1` and `STOPPING=1` alone. At other times systemd keeps no watchdog, and a
//!    message would arm it (`service_reset_watchdog` in its `core/service.c`). A stop has the hard deadline.

use std::env;
use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::status_text;
use crate::model::{GRACE, GroupPhase};
use crate::process::supervisor::{Ping, Registration};
use crate::state::{GroupState, StateObserver};
use crate::sync::lock;
use crate::text::events::{EventSink, event};

/// A change of the state that systemd has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Ready,
    Reloading,
    Stopping,
}

impl State {
    fn message(self) -> String {
        match self {
            Self::Ready => "READY=1".to_owned(),
            Self::Stopping => "STOPPING=1".to_owned(),
            Self::Reloading => {
                let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
                let usec = i128::from(now.tv_sec) * 1_000_000 + i128::from(now.tv_nsec) / 1_000;
                format!("RELOADING=1\nMONOTONIC_USEC={usec}")
            }
        }
    }
}

/// How often the status is sent during a start or a stop.
const PERIOD: Duration = Duration::from_millis(500);
/// How many pings of the runtime there are in the time that the service manager waits: one message may be lost.
const PINGS: u32 = 4;

/// The connection of one run to the service manager.
#[derive(Debug)]
pub(crate) struct Notifier {
    socket: UnixDatagram,
    manager: SocketAddr,
    begun: Instant,
    /// How often to report that the runtime is not blocked, if the service manager requests it.
    ping_every: Option<Duration>,
    sent: Mutex<Sent>,
}

/// What has been sent, and what has to be sent later.
#[derive(Debug, Default)]
struct Sent {
    ready: bool,
    stopping: bool,
    over: bool,
    unsent: Vec<State>,
}

impl Notifier {
    /// Returns the notifier of this process, if a service manager listens.
    pub(crate) fn from_env(events: &EventSink) -> Option<Self> {
        let name = env::var_os("NOTIFY_SOCKET").filter(|name| !name.is_empty())?;
        let notifier = Self::to(&name, ping_from_env());
        notifier.map_err(|error| event!(events, warn, %error, "cannot notify the service manager")).ok()
    }

    fn to(name: &OsStr, ping_every: Option<Duration>) -> io::Result<Self> {
        let manager = address(name)?;
        let socket = UnixDatagram::unbound()?;
        socket.set_nonblocking(true)?;
        Ok(Self { socket, manager, begun: Instant::now(), ping_every, sent: Mutex::default() })
    }

    /// Reports the progress of the run from now on.
    pub(crate) fn serve(self: &Arc<Self>, group: &Arc<GroupState>, registration: &Registration) {
        if let Some(every) = self.ping_every {
            let notifier = Arc::clone(self);
            registration.every(every, move |ping, now| notifier.ping(every, ping, now));
        }
        let (notifier, group) = (Arc::clone(self), Arc::clone(group));
        registration.every(PERIOD, move |_, _| notifier.send_progress(&group));
    }

    /// Reports a change of the state, if it is one.
    pub(super) fn report_state(&self, group: &GroupState) {
        let mut sent = self.sent();
        if !sent.ready && group.phase() == GroupPhase::Running {
            sent.ready = true;
            sent.unsent.push(State::Ready);
            // A stop request that came just before is sent once more after it.
            sent.stopping = false;
        }
        if !sent.stopping && group.request_token().is_cancelled() {
            sent.stopping = true;
            sent.unsent.push(State::Stopping);
        }
        if !sent.unsent.is_empty() {
            self.send_status(group, &mut sent, Instant::now());
        }
    }

    /// Reports that a reload begins, or has ended. systemd compares the time with its own clock (`Type=notify-reload`).
    fn report_reload(&self, group: &GroupState, is_reloading: bool) {
        let mut sent = self.sent();
        if sent.ready && !sent.stopping && !sent.over {
            let state = if is_reloading { State::Reloading } else { State::Ready };
            // Of a reload that could not be sent, only its end counts.
            sent.unsent.retain(|unsent| *unsent != State::Reloading);
            sent.unsent.push(state);
            self.send_status(group, &mut sent, Instant::now());
        }
    }

    /// Reports how the run ended; nothing is reported after it.
    pub(super) fn report_last(&self, text: &str) {
        let mut sent = self.sent();
        if !sent.over {
            self.flush(&mut sent, &status_text::line(text), None);
            sent.over = true;
        }
    }

    /// Sends nothing more.
    pub(super) fn close(&self) {
        self.sent().over = true;
    }

    /// Sends the status during a start or a stop, and what could not be sent before.
    fn send_progress(&self, group: &GroupState) {
        let mut sent = self.sent();
        if !sent.ready || sent.stopping || !sent.unsent.is_empty() {
            self.send_status(group, &mut sent, Instant::now());
        }
    }

    /// Reports that the runtime runs its tasks, if it does.
    fn ping(&self, every: Duration, ping: &Ping, now: Instant) {
        let sent = self.sent();
        let is_watched = sent.ready && sent.unsent.is_empty() && !sent.stopping && !sent.over;
        if is_watched && ping.silent_for(now) < every {
            self.send("WATCHDOG=1");
        }
        ping.send(now);
    }

    fn send_status(&self, group: &GroupState, sent: &mut Sent, now: Instant) {
        if !sent.over {
            self.flush(sent, &status_text::status(group), self.left(group, sent, now));
        }
    }

    /// Sends all changes of the state that are left, or the status if there are none.
    fn flush(&self, sent: &mut Sent, status: &str, left: Option<Duration>) {
        let status = format!("STATUS={status}");
        let more = left.map(|left| format!("\nEXTEND_TIMEOUT_USEC={}", left.as_micros())).unwrap_or_default();
        if sent.unsent.is_empty() {
            self.send(&format!("{status}{more}"));
        }
        let accepted = sent.unsent.iter().take_while(|state| {
            // In one datagram the new state counts first, and then how long it may last.
            let more = if **state == State::Stopping { &*more } else { "" };
            self.send(&format!("{}\n{status}{more}", state.message()))
        });
        let accepted = accepted.count();
        sent.unsent.drain(..accepted);
    }

    /// Returns how long the start or the stop may still take.
    fn left(&self, group: &GroupState, sent: &Sent, now: Instant) -> Option<Duration> {
        let (begun, needs) = match group.requested_at() {
            Some(at) => (at.into_std(), group.plan.stop_within() + GRACE),
            None if sent.ready => return None,
            None => (self.begun, group.plan.slowest_start()),
        };
        // A request may have come after `now`.
        let left = begun.checked_add(needs)?.saturating_duration_since(now).min(needs);
        Some(left).filter(|left| !left.is_zero())
    }

    /// Returns whether the socket accepted the message. A service manager that is gone needs no message.
    fn send(&self, message: &str) -> bool {
        let sent = self.socket.send_to_addr(message.as_bytes(), &self.manager);
        !sent.is_err_and(|error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted))
    }

    fn sent(&self) -> MutexGuard<'_, Sent> {
        lock(&self.sent)
    }
}

impl StateObserver for Notifier {
    fn stop_requested(&self, state: &GroupState) {
        self.report_state(state);
    }

    fn phase_changed(&self, state: &GroupState) {
        self.report_state(state);
    }

    fn reloading(&self, state: &GroupState, is_reloading: bool) {
        self.report_reload(state, is_reloading);
    }

    fn final_text(&self, text: &str) {
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

/// Returns how often to report that the runtime is not blocked, if the service manager expects it from this process.
fn ping_from_env() -> Option<Duration> {
    let usec: u64 = env::var("WATCHDOG_USEC").ok()?.parse().ok().filter(|usec| *usec > 0)?;
    let pid = env::var("WATCHDOG_PID").ok().filter(|pid| !pid.is_empty());
    pid.is_none_or(|pid| pid == std::process::id().to_string()).then(|| Duration::from_micros(usec) / PINGS)
}

#[cfg(test)]
mod tests;
