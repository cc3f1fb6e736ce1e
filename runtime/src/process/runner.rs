//! A run of a group: what the macro's `start` and `run` call.

mod launch;
mod partial;
mod process_run;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::Outcome;
use super::supervisor::{self, Settings, SignalSet};
use crate::engine::erased::{AnyValue, ErasedGroup, GroupStorage, GroupVTable, Replacement, boxed};
use crate::engine::{Running, Selection, StartContext, StartError, StartErrorKind};
use crate::model::{
    BoxError, FAR, HangupAction, Key, Plan, RepeatAction, ServiceGroup, ServiceId, SignalKind,
};
use crate::state::{GroupHandle, Life};

pub use partial::PartialRunner;
use process_run::ProcessRun;

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
            reloads: true,
            restore_default_signals: true,
            stall_threshold: Some(supervisor::DEFAULT_STALL_THRESHOLD),
        };
        Self {
            plan,
            sets_lame_duck: false,
            parts: Mutex::new(Parts { make: Box::new(make), on_ready: None, replacements: BTreeMap::new() }),
            selection: Selection::default(),
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
        self.parts().on_ready = Some(Box::new(on_ready));
        self
    }

    /// Puts a value in place of the start of a service: for tests.
    ///
    /// The value counts as started from the beginning, and is stopped in the place of its service. Those that it would have
    /// needed start all the same, since the struct has them, unless they are replaced too; only the waiting for them goes. A
    /// replaced service has no `retry`. Of two replacements of one service the last one counts. If the runner also leaves
    /// the service out ([`only`](Self::only)), the run is an error before the first start.
    ///
    /// ```
    /// use service_group::service_group;
    ///
    /// struct Store(&'static str);
    ///
    /// impl Store {
    ///     fn connect() -> std::io::Result<Self> {
    ///         Err(std::io::Error::other("no database in a test"))
    ///     }
    /// }
    ///
    /// #[service_group]
    /// struct App {
    ///     #[service(start = Store::connect()?, stop = drop(store))]
    ///     store: Store,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let app = App::runner().replace(App::KEYS.store, Store("in memory")).start().await.unwrap();
    /// assert_eq!(app.store.0, "in memory");
    /// # assert!(app.stop().await.is_clean());
    /// # }
    /// ```
    pub fn replace<S: Send + 'static>(mut self, service: Key<A, S>, value: S) -> Self {
        let index = service.id().index();
        self.selection.give(index);
        self.parts().replacements.insert(index, Replacement::Value(Box::new(value)));
        self
    }

    /// Puts another start in place of that of a service. It runs when those that the service starts after have started, in
    /// the window of the service, and once: a replaced service has no `retry`.
    ///
    /// It is for a nested group with replaced services:
    ///
    /// ```
    /// use service_group::{Running, service_group};
    ///
    /// #[service_group]
    /// struct Storage {
    ///     #[service(start = String::from("a real index"), stop = drop(index))]
    ///     index: String,
    /// }
    ///
    /// #[service_group]
    /// struct App {
    ///     #[service(start = Storage::start().await?)]
    ///     storage: Running<Storage>,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let app = App::runner()
    ///     .replace_start(App::KEYS.storage, async {
    ///         Ok(Storage::runner().replace(Storage::KEYS.index, String::from("a fake")).start().await?)
    ///     })
    ///     .start()
    ///     .await
    ///     .unwrap();
    /// assert_eq!(app.storage.index, "a fake");
    /// # assert!(app.stop().await.is_clean());
    /// # }
    /// ```
    pub fn replace_start<S: Send + 'static>(
        mut self,
        service: Key<A, S>,
        start: impl Future<Output = Result<S, BoxError>> + Send + 'static,
    ) -> Self {
        let index = service.id().index();
        self.selection.restart(index);
        let start = boxed(async move { start.await.map(|value| Box::new(value) as AnyValue) });
        self.parts().replacements.insert(index, Replacement::Start(start));
        self
    }

    /// Runs only these services, and those that their starts use, directly or not: one role of a binary with several.
    ///
    /// `after`, `start_after`, `first`, `last` and `stop_order` bring in no service. They order those that run, also where
    /// the order went through a service that is left out. The run ends by itself, with exit code 0, as soon as every service
    /// named here is done. It prints which services are left out.
    ///
    /// Other options are set before.
    ///
    /// ```
    /// use service_group::{Outcome, Task, service_group};
    ///
    /// async fn migrate(database: &str) -> std::io::Result<()> {
    ///     println!("migrating {database}");
    ///     Ok(())
    /// }
    ///
    /// #[service_group]
    /// struct App {
    ///     #[service(start = String::from("orders"), stop = drop(database))]
    ///     database: String,
    ///     #[service(start = migrate(database).await?)]
    ///     migrations: (),
    ///     #[service(start = Task::spawn(async |stop| drop(stop.requested().await)), after(migrations))]
    ///     server: Task,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Outcome {
    /// // Runs `migrations` with `database`, and ends.
    /// App::runner().only([App::KEYS.migrations.id()]).run().await
    /// # }
    /// ```
    pub fn only(self, services: impl IntoIterator<Item = ServiceId<A>>) -> PartialRunner<A> {
        let named = services.into_iter().map(ServiceId::index).collect();
        PartialRunner::new(self, named, None)
    }

    /// Does the same as [`only`](Self::only), by the names of services: for those that come from a command line. A name that
    /// the group does not have is an error before the first start: [`StartErrorKind::UnknownService`].
    pub fn only_named(self, services: impl IntoIterator<Item = impl AsRef<str>>) -> PartialRunner<A> {
        let (mut named, mut unknown) = (BTreeSet::new(), None);
        for name in services {
            match self.plan.position(name.as_ref()) {
                Some(index) => drop(named.insert(index)),
                None => drop(unknown.get_or_insert_with(|| name.as_ref().to_owned())),
            }
        }
        PartialRunner::new(self, named, unknown.map(|name| StartErrorKind::UnknownService(name.into())))
    }

    fn parts(&mut self) -> &mut Parts<A> {
        self.parts.get_mut().unwrap_or_else(PoisonError::into_inner)
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

    /// Sets what SIGHUP does. Default: [`HangupAction::Reload`], which stops a group without any `reload`.
    pub fn hangup(mut self, action: HangupAction) -> Self {
        let stop_on = self.supervision.stop_on;
        self.supervision.stop_on = match action {
            HangupAction::Reload | HangupAction::Stop => stop_on.with(SignalKind::Hangup),
            HangupAction::Ignore => stop_on.without(SignalKind::Hangup),
        };
        self.supervision.reloads = action == HangupAction::Reload;
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
    pub async fn start(mut self) -> Result<Running<A>, StartError>
    where
        A: 'static,
    {
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
        let run = ProcessRun::begin(&self);
        let result = match self.launch(run.group(), None).await {
            Ok(running) => Ok(running.stopped().await),
            Err(error) => Err(error),
        };
        run.end(result).await
    }
}

impl<A> fmt::Debug for Runner<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner").field("plan", &self.plan).finish_non_exhaustive()
    }
}
