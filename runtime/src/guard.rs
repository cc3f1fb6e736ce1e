//! The thread that guards runs: it takes the signals, wakes drivers whose timers a blocked runtime misses, and ends a
//! process that is past its hard deadline, or whose runtime does not end after the run.
//!
//! # Invariants
//!
//! 1. The thread calls no user code, waits for no lock that is held while user code runs, and logs nothing: a stuck
//!    thread may hold the lock of stderr.
//! 2. Signal handlers, once installed, stay; while no run is active the thread does what the default would have done.

mod exit;
mod farewell;
mod inbox;
mod nudge;
mod signals;
mod watchdog;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Instant;

use crate::shared::Shared;
use crate::systemd::Notifier;
use farewell::Leaving;
use inbox::Inbox;
use signals::Request;

pub(crate) use exit::end;
pub(crate) use farewell::Farewell;
pub(crate) use nudge::Nudge;

static GUARD: OnceLock<Guard> = OnceLock::new();

/// The one guard of the process.
#[derive(Debug)]
struct Guard {
    inbox: Inbox,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    runs: Vec<Run>,
    /// Runs that are over while their runtimes are not.
    leaving: Vec<Arc<Leaving>>,
    emulates_default: bool,
    last_counted: Option<Instant>,
}

/// A run on guard.
#[derive(Debug)]
struct Run {
    shared: Arc<Shared>,
    alarm: Alarm,
    /// Whether it listens for signals.
    signals: bool,
    /// How many signals counted for it.
    count: u8,
}

/// Notes when a stop was requested, and wakes the guard, which then watches over the hard deadline.
#[derive(Debug, Clone)]
pub(crate) struct Alarm {
    armed: Arc<OnceLock<Instant>>,
}

impl Alarm {
    pub(crate) fn arm(&self) {
        self.armed.get_or_init(Instant::now);
        wake();
    }
}

/// While it lives, the run is on guard.
#[derive(Debug)]
pub(crate) struct OnGuard {
    shared: Arc<Shared>,
}

/// Puts a run on guard: from now on signals stop it, and it ends within its budget.
pub(crate) fn enlist(shared: &Arc<Shared>, signals: bool, emulates_default: bool) -> OnGuard {
    let guard = GUARD.get_or_init(Guard::spawn);
    let alarm = Alarm { armed: Arc::new(OnceLock::new()) };
    let run = Run { shared: Arc::clone(shared), alarm: alarm.clone(), signals, count: 0 };
    let mut state = guard.state();
    state.runs.push(run);
    state.emulates_default = emulates_default;
    drop(state);
    if signals {
        guard.inbox.listen();
    }
    shared.set_alarm(alarm);
    OnGuard { shared: Arc::clone(shared) }
}

impl Drop for OnGuard {
    fn drop(&mut self) {
        if let Some(guard) = GUARD.get() {
            guard.state().runs.retain(|run| !Arc::ptr_eq(&run.shared, &self.shared));
            // A process that is about to end waited for this run.
            guard.inbox.wake();
        }
    }
}

/// Has the guard look again at what is due.
pub(crate) fn wake() {
    if let Some(guard) = GUARD.get() {
        guard.inbox.wake();
    }
}

impl Guard {
    fn spawn() -> Self {
        // Without its thread the guard cannot keep its word, so that failing early is right.
        let thread = thread::Builder::new().name("service-group".to_owned());
        thread.spawn(watch).expect("a thread for the guard of the process can be spawned");
        let state =
            State { runs: Vec::new(), leaving: Vec::new(), emulates_default: true, last_counted: None };
        Self { inbox: Inbox::new(), state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// When the next deadline of a run passes, or, where none is active, of a process that is about to end.
    fn due(&self) -> Option<Instant> {
        let runs = self.runs.iter().filter_map(Run::due);
        runs.chain(self.leaving().filter_map(Leaving::deadline)).min()
    }

    /// The exit code and the last line of a process whose deadline has passed.
    fn overdue(&self, now: Instant) -> Option<(u8, String)> {
        let run = self.runs.iter().find_map(|run| run.overdue(now)).map(|line| (4, line));
        run.or_else(|| self.leaving().find_map(|leaving| leaving.overdue(now)))
    }

    fn leaving(&self) -> impl Iterator<Item = &Leaving> {
        self.leaving.iter().map(|leaving| &**leaving).filter(|_| self.runs.is_empty())
    }
}

impl Run {
    /// When there is something to do for the run.
    fn due(&self) -> Option<Instant> {
        let notifier = self.shared.notifier().and_then(Notifier::due);
        self.hard_deadline().into_iter().chain(notifier).min()
    }

    /// Tells the service manager what is due.
    fn notify(&self, now: Instant) {
        if let Some(notifier) = self.shared.notifier() {
            notifier.tick(&self.shared, now, || true);
        }
    }
}

/// What the thread does for as long as the process lives.
fn watch() {
    let guard = GUARD.wait();
    loop {
        let due = guard.state().due().into_iter().chain(nudge::due()).min();
        for signal in guard.inbox.wait(due) {
            let requests = guard.state().on_signal(signal, Instant::now());
            requests.into_iter().for_each(Request::carry_out);
        }
        let now = Instant::now();
        nudge::nudge(now);
        guard.state().runs.iter().for_each(|run| run.notify(now));
        let overdue = guard.state().overdue(now);
        if let Some((code, line)) = overdue {
            end(code, &line);
        }
    }
}
