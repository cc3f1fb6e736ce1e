//! The thread that guards runs: it takes the signals, wakes drivers whose timers a blocked runtime misses, notices a
//! runtime that is stalled, and ends a process that is past its hard deadline, or whose runtime does not end after the
//! run.
//!
//! # Invariants
//!
//! 1. The thread calls no user code, waits for no lock that is held while user code runs, and logs nothing: a stuck
//!    thread may hold the lock of stderr.
//! 2. Signal handlers, once installed, stay; while no run is active the thread does what the default would have done.

mod event_queue;
mod exit;
mod heartbeat;
mod pending_exit;
mod periodic;
mod ping;
mod run;
mod runtime_shutdown;
mod signals;
mod watchdog;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use tokio_util::task::AbortOnDropHandle;

use crate::engine::{late_timers_due, set_waker, wake_late_timers};
use crate::model::StopCause;
use crate::state::{GroupState, StateObserver};
use crate::sync::lock;
use event_queue::EventQueue;
use pending_exit::PendingExit;
use periodic::Periodic;
use run::SupervisedRun;
use runtime_shutdown::Leaving;
use signals::Request;

pub(crate) use heartbeat::STALLED_AFTER;
pub(crate) use ping::Ping;
pub(crate) use run::Settings;
pub(crate) use runtime_shutdown::RuntimeShutdown;

/// A sleep this much longer than asked for means that the whole process was held up: by SIGSTOP, a debugger, a frozen or
/// throttled container, a suspended machine. Less than that happens on a busy one.
const HELD_UP: Duration = Duration::from_millis(50);

static SUPERVISOR: OnceLock<Supervisor> = OnceLock::new();

/// The one guard of the process.
#[derive(Debug)]
struct Supervisor {
    events: EventQueue,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    runs: Vec<SupervisedRun>,
    /// Runs that are over while their runtimes are not.
    leaving: Vec<Arc<Leaving>>,
    /// Set where a run is stuck: the process ends as soon as no other has time left.
    condemned: Option<PendingExit>,
    restores_default_signals: bool,
    last_counted: Option<Instant>,
}

/// Notes when a stop was requested, and wakes the guard, which then watches over the hard deadline.
#[derive(Debug, Clone)]
pub(crate) struct StopSignal {
    armed: Arc<OnceLock<Instant>>,
}

impl StateObserver for StopSignal {
    fn stop_requested(&self, _: &GroupState) {
        self.armed.get_or_init(Instant::now);
        wake();
    }

    fn phase_changed(&self, _: &GroupState) {}

    fn last_words(&self, _: &str) {}
}

/// Wakes the supervisor's thread, so that it looks for what is due.
fn wake() {
    if let Some(supervisor) = SUPERVISOR.get() {
        supervisor.events.wake();
    }
}

/// While it lives, the run is on guard.
#[derive(Debug)]
pub(crate) struct Registration {
    shared: Arc<GroupState>,
    _answers: AbortOnDropHandle<()>,
}

/// Puts a run on guard: from now on signals stop it, and it ends within its budget.
pub(crate) fn register(shared: &Arc<GroupState>, settings: Settings) -> Registration {
    let guard = SUPERVISOR.get_or_init(Supervisor::spawn);
    let alarm = StopSignal { armed: Arc::new(OnceLock::new()) };
    let (pulse, answers) = Ping::spawn(shared.plan.name());
    let run = SupervisedRun::new(shared, alarm.clone(), pulse, settings.signals);
    let mut state = guard.state();
    state.runs.push(run);
    state.restores_default_signals = settings.restores_default_signals;
    let too_late = state.condemned.is_some();
    drop(state);
    if too_late {
        shared.request(StopCause::Requested);
    }
    if settings.signals {
        guard.events.listen();
    }
    shared.observe(Arc::new(alarm));
    let registration = Registration { shared: Arc::clone(shared), _answers: answers };
    if let Some(after) = settings.stalled_after {
        let shared = Arc::clone(shared);
        registration.every(heartbeat::period(after), move |pulse, now| {
            heartbeat::look(&shared, after, pulse, now);
        });
    }
    registration
}

impl Registration {
    /// Has the guard do something from now on, this often, for as long as the run is on guard.
    ///
    /// It is done on the guard's thread and under its lock: it must not block, log, call user code, or come back here.
    pub(crate) fn every(&self, period: Duration, act: impl FnMut(&Ping, Instant) + Send + 'static) {
        let Some(guard) = SUPERVISOR.get() else { return };
        let mut state = guard.state();
        let own = state.runs.iter_mut().find(|run| Arc::ptr_eq(&run.shared, &self.shared));
        if let Some(run) = own {
            run.chores.push(Periodic::new(period, act));
        }
        drop(state);
        guard.events.wake();
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        if let Some(guard) = SUPERVISOR.get() {
            guard.state().runs.retain(|run| !Arc::ptr_eq(&run.shared, &self.shared));
            // A process that is about to end waited for this run.
            guard.events.wake();
        }
    }
}

impl Supervisor {
    fn spawn() -> Self {
        // Without its thread the guard cannot keep its word, so that failing early is right.
        let thread = thread::Builder::new().name("service-group".to_owned());
        thread.spawn(watch).expect("a thread for the supervisor of the process can be spawned");
        set_waker(wake);
        Self { events: EventQueue::new(), state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
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
        for SupervisedRun { chores, pulse, .. } in &mut self.runs {
            for chore in chores {
                chore.do_if_due(pulse, now);
            }
        }
    }

    /// Looks after the runs that are being stopped; gives those that are stuck, with what to say.
    fn overdue(&mut self, now: Instant) -> Vec<(Arc<GroupState>, String)> {
        let stopping = self.runs.iter_mut().filter(|run| run.is_stopping() && !run.given_up);
        let overdue = stopping.filter_map(|run| {
            let words = run.is_overdue(now).then(|| run.last_words(now));
            run.pulse.ask(now);
            let words = words?;
            run.shared.last_words(|| words.clone());
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
    let guard = SUPERVISOR.wait();
    loop {
        let begin = Instant::now();
        let due = guard.state().due(begin).into_iter().chain(late_timers_due()).min();
        let signals = guard.events.wait(due);
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
        wake_late_timers(now);
        guard.state().do_chores(now);
        let overdue = guard.state().overdue(now);
        for (shared, line) in overdue {
            guard.condemn(&shared, 4, line);
        }
        let verdict = guard.state().verdict(now);
        if let Some((code, line)) = verdict {
            exit::exit_now(code, line);
        }
    }
}
