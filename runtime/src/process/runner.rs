//! A run of a group: what the macro's `start` and `run` call.

mod launch;
mod options;
mod partial;
mod process_run;
mod replacements;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::Outcome;
use super::supervisor::{self, Settings, SignalSet};
use crate::engine::erased::{ErasedGroup, GroupStorage, GroupVTable, Replacement};
use crate::engine::{Running, Selection, StartContext, StartError};
use crate::model::{Plan, RepeatAction, ServiceGroup};
use crate::state::{GroupHandle, Life};

pub use partial::PartialRunner;
use process_run::{ProcessRun, ProcessSettings};

type Make<A> = Box<dyn FnOnce(GroupHandle) -> Arc<dyn ErasedGroup<A>> + Send>;
type OnReady<A> = Box<dyn FnOnce(&A) + Send>;

/// What a runner holds that can be sent to another thread, and not shared.
struct Parts<A> {
    make: Make<A>,
    on_ready: Option<OnReady<A>>,
    replacements: BTreeMap<usize, Replacement>,
}

/// A group that is going to start, with the options of its run: `App::runner(..)`.
///
/// The changed plan is checked again before the first start.
///
/// A runner that is dropped, or refused by that check, drops its inputs and the values of services that are `given`: nothing
/// has started, and nothing is stopped.
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
    parts: Mutex<Parts<A>>,
    selection: Selection,
    process: ProcessSettings,
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
            reloads: true,
            restore_default_signals: true,
            stall_threshold: Some(supervisor::DEFAULT_STALL_THRESHOLD),
        };
        Self {
            selection: Selection::new(&plan),
            plan,
            sets_lame_duck: false,
            parts: Mutex::new(Parts { make: Box::new(make), on_ready: None, replacements: BTreeMap::new() }),
            process: ProcessSettings {
                supervision,
                notifies: true,
                #[cfg(feature = "console")]
                shows_progress: false,
            },
        }
    }

    /// Returns the plan that the run will follow: the compiled one, with the budget that was set here.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    fn begin_run(&self) -> ProcessRun {
        begin_run(&self.plan, &self.selection, &self.process)
    }

    fn parts(&mut self) -> &mut Parts<A> {
        self.parts.get_mut().unwrap_or_else(PoisonError::into_inner)
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
    /// If the future is dropped before it ends, the running starts are aborted, and what has started, or was given, is
    /// dropped in stop order.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub async fn start(mut self) -> Result<Running<A>, StartError>
    where
        A: 'static,
    {
        if !self.sets_lame_duck {
            self.plan = self.plan.with_lame_duck(Duration::ZERO);
        }
        let outer = StartContext::current();
        let group = launch::group_state(&self.plan, &self.selection, outer.as_ref(), Life::current().events);
        self.launch(group, outer).await
    }

    /// Starts the group, waits for a signal or another cause, and stops it: the whole life of a process.
    ///
    /// SIGTERM, SIGINT, SIGHUP and SIGQUIT stop it, a second one forces it, a third one ends the process. Signals within
    /// 200 ms after one that counted are the same request, since wrappers forward what the terminal has already sent.
    /// SIGHUP counts only as the first one, and reloads a group that has a `reload`. A signal that was ignored when the
    /// process began stays ignored, except SIGTERM. [`stop_on`](Self::stop_on), [`hangup`](Self::hangup) and
    /// [`repeated`](Self::repeated) change that.
    ///
    /// If the stop takes one second longer than its budget, the process ends with exit code 4, even if every thread is
    /// blocked. If something is stuck, this prints the report and ends the process instead of returning. Other runs in the
    /// process are stopped first, each within its own budget.
    ///
    /// On any exit code except 0, the reason and the report are printed to stderr. A signal that comes in the few
    /// microseconds in which its handler is installed, before the first start of the first run, is lost.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with timers.
    pub async fn run(self) -> Outcome
    where
        A: 'static,
    {
        let run = self.begin_run();
        let (core, on_ready) = self.make(run.group()).erased();
        let result = launch::run(core, on_ready).await;
        run.end(result).await
    }
}

/// Apart from [`Runner`], so that it is compiled once and not for each group.
fn begin_run(plan: &Plan, selection: &Selection, settings: &ProcessSettings) -> ProcessRun {
    ProcessRun::begin(plan.name(), settings, |events| launch::group_state(plan, selection, None, events))
}

impl<A> fmt::Debug for Runner<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner").field("plan", &self.plan).finish_non_exhaustive()
    }
}
