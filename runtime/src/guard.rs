//! The thread that guards runs: it takes the signals, wakes drivers whose timers a blocked runtime misses, notices a
//! runtime that is stalled, and ends a process that is past its hard deadline, or whose runtime does not end after the
//! run.
//!
//! # Invariants
//!
//! 1. The thread calls no user code, waits for no lock that is held while user code runs, and logs nothing: a stuck
//!    thread may hold the lock of stderr.
//! 2. Signal handlers, once installed, stay; while no run is active the thread does what the default would have done.

mod chore;
mod condemned;
mod exit;
mod farewell;
mod heartbeat;
mod inbox;
mod nudge;
mod pulse;
mod run;
mod signals;
mod watchdog;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio_util::task::AbortOnDropHandle;

use crate::cause::StopCause;
use crate::shared::Shared;
use chore::Chore;
use condemned::Condemned;
use farewell::Leaving;
use inbox::Inbox;
use run::Run;
use signals::Request;

#[cfg(all(test, feature = "console", unix))]
pub(crate) use exit::say;
pub(crate) use exit::tell;
#[cfg(feature = "console")]
pub(crate) use exit::unlocked;
pub(crate) use farewell::Farewell;
pub(crate) use heartbeat::STALLED_AFTER;
pub(crate) use nudge::Nudge;
pub(crate) use pulse::Pulse;
pub(crate) use run::Settings;

/// A sleep this much longer than asked for means that the whole process was held up: by SIGSTOP, a debugger, a frozen or
/// throttled container, a suspended machine. Less than that happens on a busy one.
const HELD_UP: Duration = Duration::from_millis(50);

static GUARD: OnceLock<Guard> = OnceLock::new();

/// The one guard of the process.
#[derive(Debug)]
struct Guard {
    inbox: Inbox,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    runs: Vec<Run>,
    /// Runs that are over while their runtimes are not.
    leaving: Vec<Arc<Leaving>>,
    /// Set where a run is stuck: the process ends as soon as no other has time left.
    condemned: Option<Condemned>,
    emulates_default: bool,
    last_counted: Option<Instant>,
}

/// Notes when a stop was requested, and wakes the guard, which then watches over the hard deadline.
#[derive(Debug, Clone)]
pub(crate) struct Alarm {
    armed: Arc<OnceLock<Instant>>,
}

impl Alarm {
    pub(crate) fn arm(&self) {
        self.armed.get_or_init(Instant::now);
        if let Some(guard) = GUARD.get() {
            guard.inbox.wake();
        }
    }
}

/// While it lives, the run is on guard.
#[derive(Debug)]
pub(crate) struct OnGuard {
    shared: Arc<Shared>,
    _answers: AbortOnDropHandle<()>,
}

/// Puts a run on guard: from now on signals stop it, and it ends within its budget.
pub(crate) fn enlist(shared: &Arc<Shared>, settings: Settings) -> OnGuard {
    let guard = GUARD.get_or_init(Guard::spawn);
    let alarm = Alarm { armed: Arc::new(OnceLock::new()) };
    let (pulse, answers) = Pulse::spawn(shared.plan.name());
    let run = Run::new(shared, alarm.clone(), pulse, settings.signals);
    let mut state = guard.state();
    state.runs.push(run);
    state.emulates_default = settings.emulates_default;
    let too_late = state.condemned.is_some();
    drop(state);
    if too_late {
        shared.request(StopCause::Requested);
    }
    if settings.signals {
        guard.inbox.listen();
    }
    shared.set_alarm(alarm);
    let on_guard = OnGuard { shared: Arc::clone(shared), _answers: answers };
    if let Some(after) = settings.stalled_after {
        let shared = Arc::clone(shared);
        on_guard.every(heartbeat::period(after), move |pulse, now| {
            heartbeat::look(&shared, after, pulse, now);
        });
    }
    on_guard
}

impl OnGuard {
    /// Has the guard do something from now on, this often, for as long as the run is on guard.
    ///
    /// It is done on the guard's thread and under its lock: it must not block, log, call user code, or come back here.
    pub(crate) fn every(&self, period: Duration, act: impl FnMut(&Pulse, Instant) + Send + 'static) {
        let Some(guard) = GUARD.get() else { return };
        let mut state = guard.state();
        let own = state.runs.iter_mut().find(|run| Arc::ptr_eq(&run.shared, &self.shared));
        if let Some(run) = own {
            run.chores.push(Chore::new(period, act));
        }
        drop(state);
        guard.inbox.wake();
    }
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

impl Guard {
    fn spawn() -> Self {
        // Without its thread the guard cannot keep its word, so that failing early is right.
        let thread = thread::Builder::new().name("service-group".to_owned());
        thread.spawn(watch).expect("a thread for the guard of the process can be spawned");
        Self { inbox: Inbox::new(), state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// When there is something to do.
    fn due(&self, now: Instant) -> Option<Instant> {
        let runs = self.runs.iter().filter_map(|run| run.due(now));
        runs.chain(self.leaving().filter_map(Leaving::deadline)).min()
    }

    /// The whole process was held up.
    fn excuse(&mut self, held_up: Duration) {
        for run in &mut self.runs {
            run.excuse(held_up);
        }
    }

    fn do_chores(&mut self, now: Instant) {
        for Run { chores, pulse, .. } in &mut self.runs {
            for chore in chores {
                chore.do_if_due(pulse, now);
            }
        }
    }

    /// Looks after the runs that are being stopped; gives those that are stuck, with what to say.
    fn overdue(&mut self, now: Instant) -> Vec<(Arc<Shared>, String)> {
        let stopping = self.runs.iter_mut().filter(|run| run.is_stopping() && !run.given_up);
        let overdue = stopping.filter_map(|run| {
            let words = run.is_overdue(now).then(|| run.last_words(now));
            run.pulse.ask(now);
            let words = words?;
            run.shared.notify_last(|| words.clone());
            Some((Arc::clone(&run.shared), words))
        });
        overdue.collect()
    }

    /// The exit code and the last line of a process that has to end now.
    fn verdict(&self, now: Instant) -> Option<(u8, String)> {
        let condemned = self.condemned.as_ref().filter(|_| self.runs.iter().all(|run| run.given_up));
        let condemned = condemned.map(|condemned| (condemned.code, condemned.line.clone()));
        condemned.or_else(|| self.leaving().find_map(|leaving| leaving.overdue(now)))
    }

    /// Runs that are over, where none is active: the process is about to end.
    fn leaving(&self) -> impl Iterator<Item = &Leaving> {
        self.leaving.iter().map(|leaving| &**leaving).filter(|_| self.runs.is_empty())
    }
}

/// What the thread does for as long as the process lives.
fn watch() {
    let guard = GUARD.wait();
    loop {
        let begin = Instant::now();
        let due = guard.state().due(begin).into_iter().chain(nudge::due()).min();
        let signals = guard.inbox.wait(due);
        let now = Instant::now();
        // What was due before the wait is late, but nobody slept for that long.
        let overslept = due.map_or(Duration::ZERO, |due| now.saturating_duration_since(due.max(begin)));
        if overslept > HELD_UP {
            guard.state().excuse(overslept);
        }
        for signal in signals {
            let requests = guard.state().on_signal(signal, now);
            requests.into_iter().for_each(Request::carry_out);
        }
        nudge::nudge(now);
        guard.state().do_chores(now);
        let overdue = guard.state().overdue(now);
        for (shared, line) in overdue {
            guard.condemn(&shared, 4, line);
        }
        let verdict = guard.state().verdict(now);
        if let Some((code, line)) = verdict {
            exit::end(code, line);
        }
    }
}
