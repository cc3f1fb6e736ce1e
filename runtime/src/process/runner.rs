//! A run of a group: what the macro's `start` and `run` call.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::Outcome;
use super::supervisor::{self, Settings, SignalSet};
use super::systemd::Lease;
use crate::engine::erased::{ErasedGroup, ErasedServices, GroupStorage, GroupVTable};
use crate::engine::{self, GroupCore, Running, StartContext, StartError};
use crate::model::{
    FAR, HangupAction, Panicked, Plan, RepeatAction, ServiceGroup, SignalKind, StopCause, budget_exceeded,
};
use crate::state::{GroupHandle, GroupState, Life, StateObserver};
use crate::text::events::{EventSink, EventThread, event};
use crate::text::{catch_panic, stderr};

/// How long the end of a run waits for lines that are not written to stderr yet.
const LAST_LINES: Duration = Duration::from_millis(200);

type Make<A> = Box<dyn FnOnce(GroupHandle) -> Arc<dyn ErasedGroup<A>> + Send>;
type OnReady<A> = Box<dyn FnOnce(&A) + Send>;

/// A group that is going to start, with the options of its run: `App::runner(..)`.
///
/// The changed plan is checked again before the first start.
///
/// ```
/// use std::time::Duration;
/// use service_group::{Outcome, Task, service_group};
///
/// #[service_group]
/// struct App {
///     #[service(start = Task::spawn(async |_| ()).ends_group())]
///     import: Task,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Outcome {
/// App::runner()
///     .stop_within(Duration::from_secs(10))
///     .on_ready(|app| println!("started: {:?}", app.import))
///     .run()
///     .await
/// # }
/// ```
#[must_use = "a runner does nothing until `run` or `start`"]
pub struct Runner<A> {
    plan: Plan,
    sets_lame_duck: bool,
    /// In a mutex, so that a runner is `Sync`.
    make: Mutex<(Make<A>, Option<OnReady<A>>)>,
    supervision: Settings,
    notifies: bool,
    #[cfg(feature = "console")]
    shows_progress: bool,
}

impl<A> Runner<A> {
    /// Called by generated code.
    #[doc(hidden)]
    pub fn new<C: Send + Sync + 'static>(
        cells: impl FnOnce(GroupHandle) -> C + Send + 'static,
        vtable: &'static GroupVTable<C, A>,
    ) -> Self
    where
        A: ServiceGroup,
    {
        Self::of_parts(A::PLAN, move |group| Arc::new(GroupStorage { cells: Arc::new(cells(group)), vtable }))
    }

    /// A group whose shape is not known before the program runs.
    #[doc(hidden)]
    pub fn of_parts(
        plan: Plan,
        make: impl FnOnce(GroupHandle) -> Arc<dyn ErasedGroup<A>> + Send + 'static,
    ) -> Self {
        let supervision = Settings {
            stop_on: SignalSet::ALL,
            repeated: RepeatAction::Force,
            restore_default_signals: true,
            stall_threshold: Some(supervisor::DEFAULT_STALL_THRESHOLD),
        };
        Self {
            plan,
            sets_lame_duck: false,
            make: Mutex::new((Box::new(make), None)),
            supervision,
            notifies: true,
            #[cfg(feature = "console")]
            shows_progress: false,
        }
    }

    /// Sets the budget of the whole stop. Default: that of the plan.
    pub fn stop_within(mut self, stop_within: Duration) -> Self {
        self.plan = self.plan.with_stop_within(stop_within.min(FAR));
        self
    }

    /// Sets how long the group goes on serving after a stop was requested. Default: that of the plan in a
    /// [`run`](Self::run), and no time after a [`start`](Self::start).
    pub fn lame_duck(mut self, lame_duck: Duration) -> Self {
        self.plan = self.plan.with_lame_duck(lame_duck.min(FAR));
        self.sets_lame_duck = true;
        self
    }

    /// Returns the plan that the run will follow: the compiled one, with the budget that was set here.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Sets a function that is called once, when all services have started: the place for "listening on ..".
    ///
    /// It runs in the task of the run: it should be short and must not block. If it panics, the group stops, with exit
    /// code 1.
    pub fn on_ready(mut self, on_ready: impl FnOnce(&A) + Send + 'static) -> Self {
        self.make.get_mut().unwrap_or_else(PoisonError::into_inner).1 = Some(Box::new(on_ready));
        self
    }

    /// Sets whether signals stop the run. Default: true. `false` leaves all of them to the program, from this run on. It has
    /// no effect on [`start`](Self::start).
    pub fn signals(mut self, signals: bool) -> Self {
        self.supervision.stop_on = if signals { SignalSet::ALL } else { SignalSet::NONE };
        self
    }

    /// Sets which signals stop the run, SIGHUP aside, which has a setting of its own: [`hangup`](Self::hangup). Default:
    /// SIGTERM, SIGINT and SIGQUIT. The others are left to the program, from this run on.
    ///
    /// ```
    /// use service_group::{SignalKind, Task, service_group};
    ///
    /// #[service_group]
    /// struct App {
    ///     #[service(start = Task::spawn(async |_| ()).ends_group())]
    ///     task: Task,
    /// }
    ///
    /// // SIGQUIT keeps its default action, which is to dump core.
    /// let runner = App::runner().stop_on([SignalKind::Terminate, SignalKind::Interrupt]);
    /// # drop(runner);
    /// ```
    pub fn stop_on(mut self, signals: impl IntoIterator<Item = SignalKind>) -> Self {
        let kept = if self.supervision.stop_on.contains(SignalKind::Hangup) {
            SignalSet::NONE.with(SignalKind::Hangup)
        } else {
            SignalSet::NONE
        };
        self.supervision.stop_on = signals.into_iter().fold(kept, SignalSet::with);
        self
    }

    /// Sets what SIGHUP does. Default: [`HangupAction::Stop`].
    pub fn hangup(mut self, action: HangupAction) -> Self {
        let stop_on = self.supervision.stop_on;
        self.supervision.stop_on = match action {
            HangupAction::Stop => stop_on.with(SignalKind::Hangup),
            HangupAction::Ignore => stop_on.without(SignalKind::Hangup),
        };
        self
    }

    /// Sets what the signal that began the stop does when it comes again. Default: [`RepeatAction::Force`].
    pub fn repeated(mut self, action: RepeatAction) -> Self {
        self.supervision.repeated = action;
        self
    }

    /// Sets whether signals regain their default action after the run. Default: true.
    ///
    /// Signal handlers cannot be removed. A program that awaits signals by itself after the run turns this off.
    pub fn restore_default_signals(mut self, restore: bool) -> Self {
        self.supervision.restore_default_signals = restore;
        self
    }

    /// Sets how long the runtime may run no task before that is reported on stderr. Default: 1 s. `None` turns it off.
    ///
    /// A runtime runs no task while all of its threads are blocked, or busy with futures that do not yield. When it runs
    /// again, that is reported with the time: to `tracing`, or on stderr if no subscriber listens. The process is not
    /// ended; a liveness probe from outside gets no answer in the meantime. Time in which the whole process did not run,
    /// in a debugger or on a suspended machine, does not count. It has no effect on [`start`](Self::start).
    pub fn stall_threshold(mut self, threshold: Option<Duration>) -> Self {
        self.supervision.stall_threshold = threshold;
        self
    }

    /// Sets whether the run notifies systemd. Default: true, if `NOTIFY_SOCKET` is set.
    ///
    /// It sends `READY=1` when all services have started and `STOPPING=1` when a stop is requested; a status that names
    /// the services that it waits for; how long the start or the stop may still take, so that systemd waits as long as
    /// the plan; and, if the unit has `WatchdogSec=`, that the runtime is not blocked, from `READY=1` to `STOPPING=1`. Of
    /// several runs in a process at the same time, the first one notifies, and the others do not: turn it off for those
    /// that do not stand for the whole process.
    ///
    /// It has no effect on [`start`](Self::start), and none except on Linux.
    #[cfg(feature = "systemd")]
    pub fn systemd(mut self, notifies: bool) -> Self {
        self.notifies = notifies;
        self
    }

    /// Sets whether stderr shows the progress of start and stop. Default: false.
    ///
    /// On a terminal these are live lines: each service that is being started or stopped, for how long, what is left of
    /// its window, its requests in flight, and what the next Ctrl-C does. Code that logs to stderr uses
    /// [`progress::writer`](crate::progress::writer). Elsewhere, and if `TERM` is `dumb`, the `tracing` events show the
    /// progress, or a plain line for each change if no subscriber listens. It has no effect on [`start`](Self::start).
    #[cfg(feature = "console")]
    pub fn progress(mut self, shows_progress: bool) -> Self {
        self.shows_progress = shows_progress;
        self
    }

    /// Starts the group without signals, supervisor or exit: for tests and embedding.
    ///
    /// A stop of it has no lame duck, unless [`lame_duck`](Self::lame_duck) sets one.
    ///
    /// # Errors
    ///
    /// The first service that did not start, with the report of how what had started was stopped; or a budget that the
    /// plan does not fit.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it ends, the running starts are aborted, and what has started is dropped in stop
    /// order.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub async fn start(mut self) -> Result<Running<A>, StartError> {
        if !self.sets_lame_duck {
            self.plan = self.plan.with_lame_duck(Duration::ZERO);
        }
        let outer = StartContext::current();
        let group = self.group_state(outer.as_ref(), Life::current().events);
        self.launch(group, outer).await
    }

    /// Starts the group, waits for a signal or another cause, and stops it: the whole life of a process.
    ///
    /// SIGTERM, SIGINT, SIGHUP and SIGQUIT stop it, a second one forces it, a third one ends the process. Signals within
    /// 200 ms after one that counted are the same request, since wrappers forward what the terminal has already sent.
    /// SIGHUP counts only as the first one. A signal that was ignored when the process began stays ignored, except SIGTERM.
    /// [`stop_on`](Self::stop_on), [`hangup`](Self::hangup) and [`repeated`](Self::repeated) change that. If the stop takes one second longer than its budget, the process ends with
    /// exit code 4, even if every thread is blocked. If something is stuck, this prints the report and ends the process
    /// instead of returning. Other runs in the process are stopped first, each within its own budget.
    ///
    /// On any exit code except 0, the reason and the report are printed to stderr. A signal that comes in the few
    /// microseconds in which its handler is installed, before the first start of the first run, is lost.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with timers.
    pub async fn run(self) -> Outcome {
        let (sink, events) = EventThread::spawn(self.plan.name());
        let group = self.group_state(None, sink);
        let registration = supervisor::register(&group, self.supervision);
        let lease = self.notifies.then(|| Lease::from_env(&group.events)).flatten();
        if let Some(lease) = &lease {
            let notifier = lease.notifier();
            notifier.serve(&group, &registration);
            group.observe(&(notifier as Arc<dyn StateObserver>));
        }
        #[cfg(feature = "console")]
        let progress = self
            .shows_progress
            .then(|| {
                super::progress::Progress::open(
                    &group,
                    self.supervision.stop_on.contains(SignalKind::Interrupt),
                )
            })
            .flatten();
        let outcome = match self.launch(Arc::clone(&group), None).await {
            Ok(running) => Outcome::stopped(running.stopped().await),
            Err(error) => Outcome::not_started(error),
        };
        // The live lines go before the report is printed.
        #[cfg(feature = "console")]
        drop(progress);
        group.last_words(|| outcome.summary());
        // The events that are left come before the report, as far as the subscriber takes them.
        drop(events);
        if outcome.is_stuck() {
            match registration.end_process(outcome.exit_code(), outcome.printed()).await {}
        }
        outcome.print();
        stderr::flush(LAST_LINES);
        outcome.supervised(group.plan.name(), &registration)
    }

    fn group_state(&self, outer: Option<&StartContext>, events: EventSink) -> Arc<GroupState> {
        let links = outer.map(|outer| outer.links.clone());
        let group = Arc::new(GroupState::new(self.plan.clone(), links).emitting_to(events));
        if let Some(outer) = outer {
            outer.set_nested(&group);
        }
        group
    }

    async fn launch(
        self,
        group: Arc<GroupState>,
        outer: Option<StartContext>,
    ) -> Result<Running<A>, StartError> {
        if let Some(exceeded) = budget_exceeded(&self.plan) {
            return Err(StartError::budget_exceeded(&self.plan, exceeded));
        }
        let (name, services) = (self.plan.name(), self.plan.services().len());
        event!(group.events, info, group = name, services, "starting");
        let (make, on_ready) = self.make.into_inner().unwrap_or_else(PoisonError::into_inner);
        let values = make(GroupHandle::new(Arc::clone(&group)));
        let services = Arc::clone(&values) as Arc<dyn ErasedServices>;
        let core = GroupCore { group: Arc::clone(&group), services };
        match engine::start(core, outer).await {
            Ok(completions) => {
                let running = Running::new(values, Arc::clone(&group), completions);
                // After the change of phase: code that observes this event finds the group ready.
                event!(group.events, info, group = name, "ready");
                call_on_ready(on_ready, &running, &group);
                Ok(running)
            }
            Err(failure) => {
                group.set_roll_back(failure.report.clone());
                Err(StartError::new(&group, failure))
            }
        }
    }
}

/// Calls the function, if there is one. A panic in it stops the group; unwinding through the run would drop the services
/// without a stop.
fn call_on_ready<A>(on_ready: Option<OnReady<A>>, app: &A, group: &GroupState) {
    let Some(on_ready) = on_ready else { return };
    if let Err(panic) = catch_panic(|| on_ready(app)) {
        group.request(StopCause::OnReadyPanicked(Panicked::new(panic.clone())));
        let name = group.plan.name();
        event!(group.events, error, group = name, panic, "`on_ready` panicked");
    }
}

impl<A> fmt::Debug for Runner<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner").field("plan", &self.plan).finish_non_exhaustive()
    }
}
