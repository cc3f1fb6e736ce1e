//! The supervisor: one thread for all runs of the process.
//!
//! It handles signals, the third one included; wakes drivers whose timers are late; runs periodic jobs; reports a stalled
//! runtime; ends a process that missed its hard deadline or in which a run is stuck; and bounds the shutdown of the
//! runtime after a run.
//!
//! The thread runs the loop [`watch`]. Parts of [`State`] are in `signals.rs` (signals) and `pending_exit.rs` (a stuck run).
//!
//! # Invariants
//!
//! 1. The thread calls no user code, logs nothing, and waits for no lock that is held while user code runs. It writes to
//!    stderr through [`stderr`](crate::text::stderr) alone, without the lock of stderr and on a thread of its own.
//! 2. Signal handlers stay once they are installed. While no run is registered, the thread does what a signal does by
//!    default, unless a run has left the signals to the program.
//! 3. Nothing of one run affects the next.
//! 4. The lock of a group may be taken under that of the supervisor's state, never the other way round: a group calls its
//!    observers without its lock, and no observer takes the lock of the supervisor.

mod event_queue;
mod exit;
mod heartbeat;
mod pending_exit;
mod periodic;
mod ping;
mod run;
mod runtime_shutdown;
mod runtime_threads;
mod signal_set;
mod signals;
mod stop_signal;
mod watchdog;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use tokio_util::task::AbortOnDropHandle;

use crate::engine::{late_timers_due, set_waker, suspension, wake_late_timers};
use crate::model::StopCause;
use crate::state::{GroupState, StateObserver};
use crate::sync::lock;
use crate::text::events::event;
use crate::text::stderr;
use event_queue::EventQueue;
use exit::ENDED_BY_SUPERVISOR;
use pending_exit::PendingExit;
use periodic::Periodic;
use run::SupervisedRun;
use runtime_shutdown::EndedRun;
use runtime_threads::RuntimeName;
use signals::SignalAction;
use stop_signal::StopSignal;

pub(crate) use heartbeat::DEFAULT_STALL_THRESHOLD;
pub(crate) use ping::Ping;
pub(crate) use run::Settings;
pub(crate) use runtime_shutdown::RuntimeShutdown;
pub(crate) use signal_set::SignalSet;

static SUPERVISOR: OnceLock<Supervisor> = OnceLock::new();

/// The supervisor of the process.
#[derive(Debug)]
struct Supervisor {
    events: EventQueue,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    runs: Vec<SupervisedRun>,
    /// Runs that are over, and whose outcomes are held: their runtimes may be shutting down.
    ended_runs: Vec<Arc<EndedRun>>,
    /// Set when a run is stuck: the process ends as soon as no other run has time left.
    pending_exit: Option<PendingExit>,
    /// The signals that a run has left to the program by its settings. From then on no default action follows them.
    signals_left_to_program: SignalSet,
}

/// Wakes the supervisor's thread, which then checks what is due.
fn wake() {
    if let Some(supervisor) = SUPERVISOR.get() {
        supervisor.events.wake();
    }
}

/// Keeps a run registered while it lives.
#[derive(Debug)]
pub(crate) struct Registration {
    group: Arc<GroupState>,
    runtime: RuntimeName,
    _answers: AbortOnDropHandle<()>,
}

/// Registers a run: from now on signals stop it, and the process ends soon after its budget.
pub(crate) fn register(group: &Arc<GroupState>, settings: Settings) -> Registration {
    // The process may be suspended before the thread runs.
    suspension::expect_awake(Instant::now());
    let supervisor = SUPERVISOR.get_or_init(Supervisor::spawn);
    let stop_signal = StopSignal::default();
    let (ping, answers) = Ping::spawn(group.plan.name(), &group.events);
    let run = SupervisedRun::new(group, stop_signal.clone(), ping, settings);
    let mut state = supervisor.state();
    state.runs.push(run);
    let left = if settings.restore_default_signals { settings.stop_on.others() } else { SignalSet::ALL };
    state.signals_left_to_program = state.signals_left_to_program.union(left);
    let is_exiting = state.pending_exit.is_some();
    drop(state);
    supervisor.events.wake();
    if is_exiting {
        // The exit waits for all runs: one that begins now must not delay it.
        group.request_stop(StopCause::Requested);
    }
    if !settings.stop_on.is_empty() {
        supervisor.events.listen(settings.stop_on);
        for signal in event_queue::blocked(settings.stop_on) {
            let name = group.plan.name();
            event!(group.events, warn, group = name, %signal, "the signal is blocked in all threads, so that it stops nothing");
        }
    }
    group.observe(&(Arc::new(stop_signal) as Arc<dyn StateObserver>));
    let registration =
        Registration { group: Arc::clone(group), runtime: RuntimeName::learn(), _answers: answers };
    if let Some(threshold) = settings.stall_threshold {
        let group = Arc::clone(group);
        registration.every(heartbeat::period(threshold), move |ping, now| {
            heartbeat::check(&group, threshold, ping, now);
        });
    }
    registration
}

impl Registration {
    /// Runs a job once every period, as long as the run is registered.
    ///
    /// It runs on the supervisor's thread and under its lock: it must not block, log, call user code, or call the
    /// supervisor.
    pub(crate) fn every(&self, period: Duration, act: impl FnMut(&Ping, Instant) + Send + 'static) {
        let Some(supervisor) = SUPERVISOR.get() else { return };
        let mut state = supervisor.state();
        let own = state.runs.iter_mut().find(|run| Arc::ptr_eq(&run.group, &self.group));
        if let Some(run) = own {
            run.periodics.push(Periodic::new(period, act));
        }
        drop(state);
        supervisor.events.wake();
    }

    /// Returns when the last signal came that counted for the run.
    fn last_signal(&self) -> Option<Instant> {
        let state = SUPERVISOR.get()?.state();
        state.runs.iter().find(|run| Arc::ptr_eq(&run.group, &self.group))?.last_signal
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        if let Some(supervisor) = SUPERVISOR.get() {
            supervisor.state().runs.retain(|run| !Arc::ptr_eq(&run.group, &self.group));
            // A pending exit may have waited for this run.
            supervisor.events.wake();
        }
    }
}

impl Supervisor {
    fn spawn() -> Self {
        // Without its thread no promise of a run holds, so that it fails before anything has started.
        let thread = thread::Builder::new().name("service-group".to_owned());
        thread.spawn(watch).expect("a thread for the supervisor of the process can be spawned");
        stderr::start_printer();
        set_waker(wake);
        Self { events: EventQueue::new(), state: Mutex::new(State::new()) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    fn new() -> Self {
        let (runs, ended_runs) = (Vec::new(), Vec::new());
        Self { runs, ended_runs, pending_exit: None, signals_left_to_program: SignalSet::NONE }
    }

    /// Returns when something is due.
    fn due(&self, now: Instant) -> Option<Instant> {
        let runs = self.runs.iter().filter_map(|run| run.due(now));
        runs.chain(self.runs_that_end_the_process().filter_map(|run| run.deadline(now))).min()
    }

    /// Moves all deadlines by a time in which the whole process did not run.
    fn postpone(&mut self, suspended: Duration) {
        for run in &mut self.runs {
            run.postpone(suspended);
        }
    }

    fn run_periodics(&mut self, now: Instant) {
        for SupervisedRun { periodics, ping, .. } in &mut self.runs {
            for periodic in periodics {
                periodic.run_if_due(ping, now);
            }
        }
    }

    /// Pings the runs that are being started or stopped, and returns those that are overdue, each with its last line.
    fn ping_and_take_overdue(&mut self, now: Instant) -> Vec<(Arc<GroupState>, String)> {
        let timed = self.runs.iter_mut().filter(|run| run.is_timed() && !run.is_given_up);
        let overdue = timed.filter_map(|run| {
            let line = run.is_overdue(now).then(|| run.final_line(now));
            run.ping.send(now);
            let line = line?;
            run.group.notify_of_final_text(|| line.clone());
            Some((Arc::clone(&run.group), line))
        });
        overdue.collect()
    }

    /// Returns the exit code and the last line of a process that has to end now.
    fn exit_due(&self, now: Instant) -> Option<(u8, String)> {
        let pending = self.pending_exit.as_ref().filter(|_| self.runs.iter().all(|run| run.is_given_up));
        let pending = pending.map(|pending| (pending.code, pending.line.clone()));
        pending.or_else(|| self.runs_that_end_the_process().find_map(|run| run.overdue(now)))
    }

    /// Returns runs that are over, if no other is registered: the process is going to end.
    fn runs_that_end_the_process(&self) -> impl Iterator<Item = &EndedRun> {
        self.ended_runs.iter().map(|run| &**run).filter(|_| self.runs.is_empty())
    }
}

/// The loop of the thread, as long as the process lives.
fn watch() {
    let supervisor = SUPERVISOR.wait();
    let mut suspended_in_all = Duration::ZERO;
    loop {
        let begin = Instant::now();
        let due = supervisor.state().due(begin).into_iter().chain(late_timers_due()).min();
        suspension::begin_sleep(begin, due);
        let signals = supervisor.events.wait(due);
        let now = Instant::now();
        let suspended_before = std::mem::replace(&mut suspended_in_all, suspension::end_sleep(now));
        let suspended = suspended_in_all.saturating_sub(suspended_before);
        if !suspended.is_zero() {
            supervisor.state().postpone(suspended);
        }
        // Signals first: a third one must not wait for a job.
        for signal in signals {
            let actions = supervisor.state().on_signal(signal, now);
            actions.into_iter().for_each(SignalAction::carry_out);
        }
        wake_late_timers(now);
        supervisor.state().run_periodics(now);
        let overdue = supervisor.state().ping_and_take_overdue(now);
        for (group, line) in overdue {
            supervisor.end_process_for(&group, ENDED_BY_SUPERVISOR, line);
        }
        let exit = supervisor.state().exit_due(now);
        if let Some((code, line)) = exit {
            exit::exit_now(code, line);
        }
    }
}
