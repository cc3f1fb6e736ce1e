//! The options of a run.

use std::time::Duration;

use super::Runner;
use crate::model::{FAR, HangupAction, RepeatAction, SignalKind};
use crate::process::supervisor::SignalSet;

impl<A> Runner<A> {
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

    /// Sets a function that is called once, when all services have started: the place for "listening on ..".
    ///
    /// It runs in the task of the run: it should be short and must not block. If it panics, the group stops, with exit
    /// code 1.
    pub fn on_ready(mut self, on_ready: impl FnOnce(&A) + Send + 'static) -> Self {
        self.parts().on_ready = Some(Box::new(on_ready));
        self
    }

    /// Sets whether signals stop the run. Default: true. `false` leaves all of them to the program, from this run on. It has
    /// no effect on [`start`](Self::start).
    pub fn signals(mut self, signals: bool) -> Self {
        self.process.supervision.stop_on = if signals { SignalSet::ALL } else { SignalSet::NONE };
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
        let kept = if self.process.supervision.stop_on.contains(SignalKind::Hangup) {
            SignalSet::NONE.with(SignalKind::Hangup)
        } else {
            SignalSet::NONE
        };
        self.process.supervision.stop_on = signals.into_iter().fold(kept, SignalSet::with);
        self
    }

    /// Sets what SIGHUP does. Default: [`HangupAction::Reload`], which stops a group without any `reload`.
    pub fn hangup(mut self, action: HangupAction) -> Self {
        let stop_on = self.process.supervision.stop_on;
        self.process.supervision.stop_on = match action {
            HangupAction::Reload | HangupAction::Stop => stop_on.with(SignalKind::Hangup),
            HangupAction::Ignore => stop_on.without(SignalKind::Hangup),
        };
        self.process.supervision.reloads = action == HangupAction::Reload;
        self
    }

    /// Sets what the signal that began the stop does when it comes again. Default: [`RepeatAction::Force`].
    pub fn repeated(mut self, action: RepeatAction) -> Self {
        self.process.supervision.repeated = action;
        self
    }

    /// Sets whether signals regain their default action after the run. Default: true.
    ///
    /// Signal handlers cannot be removed. A program that awaits signals by itself after the run turns this off.
    pub fn restore_default_signals(mut self, restore: bool) -> Self {
        self.process.supervision.restore_default_signals = restore;
        self
    }

    /// Sets how long the runtime may run no task before that is reported on stderr. Default: 1 s. `None` turns it off.
    ///
    /// A runtime runs no task while all of its threads are blocked, or busy with futures that do not yield. When it runs
    /// again, that is reported with the time: to `tracing`, or on stderr if no subscriber listens. The process is not
    /// ended; a liveness probe from outside gets no answer in the meantime. Time in which the whole process did not run,
    /// in a debugger or on a suspended machine, does not count. It has no effect on [`start`](Self::start).
    pub fn stall_threshold(mut self, threshold: Option<Duration>) -> Self {
        self.process.supervision.stall_threshold = threshold;
        self
    }

    /// Sets whether the run notifies systemd. Default: true, if `NOTIFY_SOCKET` is set.
    ///
    /// It sends `READY=1` when all services have started, `RELOADING=1` during a reload and `STOPPING=1` when a stop is
    /// requested; a status that names
    /// the services that it waits for; how long the start or the stop may still take, so that systemd waits as long as
    /// the plan; and, if the unit has `WatchdogSec=`, that the runtime is not blocked, from `READY=1` to `STOPPING=1`. Of
    /// several runs in a process at the same time, the first one notifies, and the others do not: turn it off for those
    /// that do not stand for the whole process.
    ///
    /// It has no effect on [`start`](Self::start), and none except on Linux.
    #[cfg(feature = "systemd")]
    pub fn systemd(mut self, notifies: bool) -> Self {
        self.process.notifies = notifies;
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
        self.process.shows_progress = shows_progress;
        self
    }
}
