//! A run of a group: what the macro's `start` and `run` go through.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::engine;
use crate::engine::Running;
use crate::engine::StartError;
use crate::engine::erased::{ErasedGroup, ErasedServices, GroupStorage, GroupVTable};
use crate::engine::{GroupCore, StartContext};
use crate::model::ServiceGroup;
use crate::model::{FAR, Plan, budget_exceeded};
use crate::process::Outcome;
use crate::process::supervisor;
use crate::process::systemd::Lease;
use crate::state::GroupHandle;
use crate::state::GroupState;

type Make<A> = Box<dyn FnOnce(GroupHandle) -> Arc<dyn ErasedGroup<A>> + Send>;

/// A group that is about to start: `App::runner(..)`, to adjust a run.
///
/// What is changed here is checked again before the first start.
#[must_use = "a runner does nothing until `run` or `start`"]
pub struct Runner<A> {
    plan: Plan,
    make: Make<A>,
    guarding: supervisor::Settings,
    notifies: bool,
    #[cfg(feature = "console")]
    shows_progress: bool,
}

impl<A> Runner<A> {
    /// What the macro calls.
    #[doc(hidden)]
    pub fn new<C: Send + Sync + 'static>(
        cells: impl FnOnce(GroupHandle) -> C + Send + 'static,
        wiring: &'static GroupVTable<C, A>,
    ) -> Self
    where
        A: ServiceGroup,
    {
        Self::of_parts(A::PLAN, move |group| Arc::new(GroupStorage { cells: Arc::new(cells(group)), wiring }))
    }

    /// A group whose shape is not known before the program runs.
    #[doc(hidden)]
    pub fn of_parts(
        plan: Plan,
        make: impl FnOnce(GroupHandle) -> Arc<dyn ErasedGroup<A>> + Send + 'static,
    ) -> Self {
        let guarding = supervisor::Settings {
            signals: true,
            restores_default_signals: true,
            stalled_after: Some(supervisor::STALLED_AFTER),
        };
        Self {
            plan,
            make: Box::new(make),
            guarding,
            notifies: true,
            #[cfg(feature = "console")]
            shows_progress: false,
        }
    }

    /// Changes the budget of the whole stop.
    pub fn stop_within(mut self, stop_within: Duration) -> Self {
        self.plan = self.plan.with_stop_within(stop_within.min(FAR));
        self
    }

    /// Changes how long the group goes on serving after a stop was requested.
    pub fn lame_duck(mut self, lame_duck: Duration) -> Self {
        self.plan = self.plan.with_lame_duck(lame_duck.min(FAR));
        self
    }

    /// The plan that the run will follow: the compiled one, with the budget that was changed here.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Whether signals stop the run: they do by default. Without effect on [`start`](Self::start).
    pub fn signals(mut self, signals: bool) -> Self {
        self.guarding.signals = signals;
        self
    }

    /// Whether signals do, when the run is over, what they do by default: they do.
    ///
    /// Handlers cannot be removed again, so that a program which awaits signals by itself afterwards turns this off.
    pub fn restore_default_signals(mut self, emulate: bool) -> Self {
        self.guarding.restores_default_signals = emulate;
        self
    }

    /// How long the runtime may run no task before that is told on stderr: 1 s by default; `None` turns it off.
    ///
    /// That is so where all of its threads are blocked, or kept busy by futures that do not yield. When the runtime runs
    /// again that is told too, with the time that it did not: to `tracing`, or on stderr where nobody listens there.
    /// Nothing is ended: who asks from outside, a liveness probe say, gets no answer meanwhile. Time in which the whole
    /// process was held up, by a debugger or a suspended machine, does not count. Without effect on
    /// [`start`](Self::start).
    pub fn stall_threshold(mut self, stalled_after: Option<Duration>) -> Self {
        self.guarding.stalled_after = stalled_after;
        self
    }

    /// Whether a run tells systemd how it is: it does, where `NOTIFY_SOCKET` says that somebody listens.
    ///
    /// It tells `READY=1` when all services have started and `STOPPING=1` when a stop was requested; a status that says
    /// who is being waited for; how long the start or the stop may still take, so that systemd waits for as long as the
    /// plan does; and, where the unit has `WatchdogSec=`, that the runtime is not blocked, from `READY=1` to `STOPPING=1`.
    /// Of several runs in a process at a time, the first that begins does so, and the others tell nothing: turn it off for
    /// those that do not stand for the whole process.
    ///
    /// Without effect on [`start`](Self::start), and elsewhere than on Linux.
    #[cfg(feature = "systemd")]
    pub fn systemd(mut self, notifies: bool) -> Self {
        self.notifies = notifies;
        self
    }

    /// Whether stderr shows what happens while the group starts and stops: it does not by default.
    ///
    /// On a terminal that is live lines: each service that is under way, for how long, what is left of its window, what a
    /// server has in its hands, and what the next Ctrl-C does. Whatever logs to stderr should do so through
    /// [`console::writer`](crate::process::progress::writer). Elsewhere, and where `TERM` is `dumb`, it is the `tracing` events that
    /// tell, or a plain line for each change where no subscriber hears them. Without effect on [`start`](Self::start).
    #[cfg(feature = "console")]
    pub fn progress(mut self, show: bool) -> Self {
        self.shows_progress = show;
        self
    }

    /// Starts the group, and touches neither signals nor the process: for tests and embedding.
    ///
    /// # Errors
    ///
    /// The first service that did not start, with the report of how what had started was stopped; or a budget that
    /// does not hold.
    ///
    /// # Cancel safety
    ///
    /// Dropped half-way, the future aborts the starts under way, and drops what has started in stop order.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub async fn start(self) -> Result<Running<A>, StartError> {
        let outer = StartContext::current();
        let shared = self.shared(outer.as_ref());
        self.launch(shared, outer).await
    }

    /// Starts the group, waits for a signal or another cause, stops it: the whole life of a process.
    ///
    /// SIGTERM, SIGINT, SIGHUP and SIGQUIT stop it, a second one forces it, a third ends the process. Within 200 ms of one
    /// that counted, whatever comes is the same request, since wrappers forward what the terminal has sent already; and
    /// SIGHUP counts as the first only. Where the stop
    /// takes a second more than its budget, the process ends with exit code 4, though every thread be blocked. Where
    /// something is left stuck, this prints the report and ends the process instead of returning; other runs in the
    /// process are stopped first, each within its own budget.
    ///
    /// On any exit code but 0 the reason and the report go to stderr. A signal that comes in the few microseconds in which
    /// its handler is being installed, before the first start of the first run, is lost.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with timers.
    pub async fn run(self) -> Outcome {
        let shared = self.shared(None);
        let registration = supervisor::register(&shared, self.guarding);
        let claim = self.notifies.then(Lease::from_env).flatten();
        if let Some(claim) = &claim {
            let notifier = claim.notifier();
            notifier.serve(&shared, &registration);
            shared.observe(notifier);
        }
        #[cfg(feature = "console")]
        let console = self
            .shows_progress
            .then(|| super::progress::Console::open(&shared, self.guarding.signals))
            .flatten();
        let outcome = match self.launch(Arc::clone(&shared), None).await {
            Ok(mut running) => {
                running.wait().await;
                let begun = shared.requested_at().unwrap_or_else(tokio::time::Instant::now);
                Outcome::stopped(running.stop_since(begun).await)
            }
            Err(error) => Outcome::not_started(error),
        };
        // The live lines make room for what is told now.
        #[cfg(feature = "console")]
        drop(console);
        shared.last_words(|| outcome.words());
        if outcome.is_stuck() {
            match registration.end_process(outcome.exit_code(), outcome.shown()).await {}
        }
        outcome.tell();
        outcome.guarded(shared.plan.name())
    }

    fn shared(&self, outer: Option<&StartContext>) -> Arc<GroupState> {
        let shared = Arc::new(GroupState::new(self.plan.clone(), outer.map(|outer| outer.links.clone())));
        if let Some(outer) = outer {
            outer.set_nested(&shared);
        }
        shared
    }

    async fn launch(
        self,
        shared: Arc<GroupState>,
        outer: Option<StartContext>,
    ) -> Result<Running<A>, StartError> {
        if let Some(budget_exceeded) = budget_exceeded(&self.plan) {
            return Err(StartError::budget_exceeded(&self.plan, budget_exceeded));
        }
        tracing::info!(group = self.plan.name(), services = self.plan.services().len(), "starting");
        let parts = (self.make)(GroupHandle::new(Arc::clone(&shared)));
        let crew =
            GroupCore { shared: Arc::clone(&shared), parts: Arc::clone(&parts) as Arc<dyn ErasedServices> };
        match engine::start(crew, outer).await {
            Ok(watch) => {
                let running = Running::new(parts, shared, watch);
                // Behind it: who hears of this and asks finds the group ready.
                tracing::info!(group = self.plan.name(), "ready");
                Ok(running)
            }
            Err(failure) => {
                shared.set_rolled_back(failure.report.clone());
                Err(StartError::of(&shared, failure))
            }
        }
    }
}

impl<A> fmt::Debug for Runner<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner").field("plan", &self.plan).finish_non_exhaustive()
    }
}
