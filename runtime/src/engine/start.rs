//! Starts each service as soon as all that it starts after have started.
//!
//! A service with `retry` whose start returned an error is between two attempts: nothing of it runs, and a timer begins the
//! next one.
//!
//! After the first failure nothing new starts. The starts under way go on for a moment, so that one run shows all mistakes
//! of a configuration.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::GroupCore;
use super::backoff::pause_after;
use super::completions::Completions;
use super::service_table::{ServiceStage, ServiceTable};
use super::start_context::StartContext;
use super::start_failure::{FailureReason, Interrupted, StartFailure};
use super::stop::stop;
use super::stop_params::StopParams;
use super::tasks::{StartResult, TaskEvent, TaskResult, spawn_start};
use super::timers::Timers;
use super::turns::Turns;
use super::windows::{end_of_start, has_time_for_pause};
use crate::model::{SharedError, StopCause, StopReport};
use crate::text::HumanDuration;
use crate::text::events::event;

/// How long the starts under way may go on after the first failure.
pub(super) const FAILURE_GRACE: Duration = Duration::from_millis(250);

/// Starts all services. After a failure, or when a stop is requested, stops what has started.
pub(crate) async fn start(core: GroupCore, outer: Option<StartContext>) -> Result<Completions, StartFailure> {
    let mut starter = Starter::new(core);
    let outer_stop = async {
        match &outer {
            Some(outer) => outer.stop.requested().await,
            None => std::future::pending().await,
        }
    };
    let (interrupted, context) = tokio::select! {
        biased;
        result = starter.run() => match result {
            Ok(()) => return Ok(starter.finish()),
            Err(interrupted) => (interrupted, None),
        },
        context = outer_stop => (Interrupted::Stop(context.cause().clone()), Some(context)),
    };
    let mut failures = std::mem::take(&mut starter.failures).into_iter();
    let reason = match (failures.next(), interrupted) {
        // A failure that came before the stop request is the reason.
        (Some(failure), _) => failure,
        (None, Interrupted::Stop(cause)) => FailureReason::Stopped(cause),
        (None, Interrupted::Failures) => FailureReason::Stopped(StopCause::Requested),
    };
    let starting = starter.cancel_starts();
    let group = Arc::clone(&starter.table.core.group);
    let cause = reason.cause(&group.plan);
    group.request_stop(cause.clone());
    let name = group.plan.name();
    event!(group.events, info, group = name, %cause, ?starting, "gives up its start");
    let params = match &context {
        Some(context) => StopParams::nested(context),
        None => StopParams::own(&group, group.requested_at().unwrap_or_else(Instant::now)),
    };
    let report = starter.stop(params).await;
    Err(StartFailure { reason, others: failures.collect(), report })
}

/// What is due in a start, and of which service.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum StartDue {
    /// The window of a start ends.
    End(usize),
    /// A service between two attempts starts again.
    Retry(usize),
    /// The starts under way have gone on for long enough after a failure.
    GraceOver,
}

struct Starter {
    table: ServiceTable,
    turns: Turns,
    /// How many services have not started.
    remaining: usize,
    /// For each service, when the window of its start ends.
    window_ends: Vec<Option<Instant>>,
    timers: Timers<StartDue>,
    completions: Completions,
    /// What has failed: from the first failure on nothing new starts.
    failures: Vec<FailureReason>,
    /// Whether the starts under way have had their time after the first failure.
    is_grace_over: bool,
}

impl Starter {
    fn new(core: GroupCore) -> Self {
        let services = core.group.plan.services();
        Self {
            turns: Turns::new(services.iter().map(|service| service.starts_after_indices().count())),
            remaining: services.len(),
            window_ends: vec![None; services.len()],
            timers: Timers::new(),
            completions: Completions::watch(&core.group),
            table: ServiceTable::waiting(core),
            failures: Vec::new(),
            is_grace_over: false,
        }
    }

    /// Returns an error when the start is to be rolled back.
    async fn run(&mut self) -> Result<(), Interrupted<StopCause>> {
        let requested = self.table.core.group.request_token().clone();
        // A value that is given, or stands in place of a start, exists already, and is stopped in its place even if a start
        // fails.
        for index in self.table.core.selection.given() {
            self.spawn(index, None);
        }
        if requested.is_cancelled() {
            return Err(self.stop_request());
        }
        let mut stop_requested = pin!(requested.cancelled());
        loop {
            self.begin_ready();
            if self.remaining == 0 {
                break;
            }
            if !self.failures.is_empty() && (self.is_grace_over || !self.has_running_start()) {
                return Err(Interrupted::Failures);
            }
            tokio::select! {
                biased;
                () = &mut stop_requested => return Err(self.stop_request()),
                Some(event) = self.table.events.recv() => self.on_event(event)?,
                () = self.timers.wait() => self.on_time(),
            }
        }
        if !self.failures.is_empty() {
            return Err(Interrupted::Failures);
        }
        if requested.is_cancelled() { Err(self.stop_request()) } else { Ok(()) }
    }

    /// Returns the stop request of the group, with its cause.
    fn stop_request(&self) -> Interrupted<StopCause> {
        let cause = self.table.core.group.cause();
        Interrupted::Stop(cause.cloned().unwrap_or(StopCause::Requested))
    }

    /// Returns whether a start is under way that has not failed.
    fn has_running_start(&self) -> bool {
        let mut stages = self.table.stages.iter().enumerate();
        stages.any(|(index, stage)| {
            matches!(stage, ServiceStage::Starting { .. }) && !self.has_timed_out(index)
        })
    }

    /// Starts the services whose turn it is. One that is left out counts as started, so that the order goes through it.
    fn begin_ready(&mut self) {
        while let Some((index, waited_for)) = self.turns.next() {
            let selection = &self.table.core.selection;
            if selection.is_left_out(index) {
                self.remaining -= 1;
                self.release_followers(index, waited_for);
            } else if !selection.is_given(index) && self.failures.is_empty() {
                self.spawn(index, waited_for);
            }
        }
    }

    fn release_followers(&mut self, index: usize, waited_for: Option<usize>) {
        self.turns.release(self.table.core.group.graph.followers(index), waited_for);
    }

    /// Starts a service, for the first time, after the one that it has waited for, or again.
    fn spawn(&mut self, index: usize, waited_for: Option<usize>) {
        let core = &self.table.core;
        let service = &core.group.plan.services()[index];
        let (now, name) = (Instant::now(), service.name());
        let (attempt, since) = core.group.set_starting(index, waited_for, now);
        if attempt == 1 {
            if !core.selection.is_given(index) {
                event!(core.group.events, info, service = name, "starting");
            }
            let window_end = end_of_start(core, index, now, now + service.start_window());
            self.window_ends[index] = Some(window_end);
            self.timers.add(window_end, StartDue::End(index));
        } else {
            event!(core.group.events, info, service = name, attempt, "starting again");
        }
        let start = spawn_start(core, index, &self.table.sender);
        self.table.stages[index] = ServiceStage::Starting { start, since, request: None };
    }

    fn on_event(&mut self, TaskEvent { index, result }: TaskEvent) -> Result<(), Interrupted<StopCause>> {
        let TaskResult::Start(result) = result else { return Ok(()) };
        match result {
            StartResult::Started(finished) => {
                self.record_started(index);
                if let Some(finished) = finished {
                    self.completions.add(index, finished);
                }
            }
            StartResult::Failed(_) | StartResult::Panicked(_) if self.has_timed_out(index) => {
                self.record_start_ended(index);
            }
            StartResult::Failed(error) => self.on_failed_attempt(index, error),
            StartResult::Panicked(message) => self.record_failure(FailureReason::Panicked { index, message }),
            // The engine did not abort this start, so that the runtime is shutting down.
            StartResult::Aborted => {
                self.record_start_ended(index);
                return Err(Interrupted::Stop(StopCause::Requested));
            }
        }
        Ok(())
    }

    fn record_started(&mut self, index: usize) {
        self.table.stages[index] = ServiceStage::Started;
        self.remaining -= 1;
        let group = Arc::clone(&self.table.core.group);
        group.set_started(index, Instant::now());
        let service = group.plan.services()[index].name();
        event!(group.events, info, service, "started");
        // Nothing waits for a value that exists.
        let waited_for = Some(index).filter(|index| !self.table.core.selection.is_given(*index));
        self.release_followers(index, waited_for);
    }

    /// Handles a start that returned an error: it is tried again if it has `retry`, and there is time for a pause in its
    /// window.
    fn on_failed_attempt(&mut self, index: usize, error: SharedError) {
        let group = Arc::clone(&self.table.core.group);
        let service = &group.plan.services()[index];
        let retry = service.retry().filter(|_| !self.table.core.selection.is_replaced(index));
        // An attempt cannot be repeated that has taken an input. What is wrong is what that attempt returned.
        let retry = retry.filter(|_| !error.is_taken());
        let before = group.start_failure(index).filter(|_| error.is_taken());
        let error = before.unwrap_or(error);
        let retry = retry.filter(|_| has_time_for_pause(&self.table.core, index));
        let attempt = group.record_failed_attempt(index, error.clone());
        let now = Instant::now();
        let window_end = self.window_ends[index];
        let pause = retry.map(|retry| pause_after(retry, attempt));
        match pause.filter(|pause| window_end.is_some_and(|end| now + *pause < end)) {
            Some(pause) if self.failures.is_empty() => {
                let service = service.name();
                let shown = HumanDuration(pause);
                let failure = error.clone();
                event!(
                    group.events,
                    warn,
                    service,
                    attempt,
                    error = format_args!("{failure:#}"),
                    pause = %shown,
                    "did not start, starts again"
                );
                self.table.stages[index] = ServiceStage::Retrying { error };
                self.timers.add(now + pause, StartDue::Retry(index));
                group.notify_watchers();
            }
            _ => self.record_failure(FailureReason::Failed { index, error }),
        }
    }

    /// Records a failure, after which nothing new starts. A service between two attempts has failed too.
    fn record_failure(&mut self, reason: FailureReason) {
        let is_first = self.failures.is_empty();
        if let FailureReason::Failed { index, .. } | FailureReason::Panicked { index, .. } = reason {
            self.record_start_ended(index);
        }
        self.failures.push(reason);
        if !is_first {
            return;
        }
        self.timers.add(Instant::now() + FAILURE_GRACE, StartDue::GraceOver);
        for index in 0..self.table.stages.len() {
            if let ServiceStage::Retrying { error } = &self.table.stages[index] {
                let error = error.clone();
                self.failures.push(FailureReason::Failed { index, error });
                self.record_start_ended(index);
            }
        }
    }

    /// Records that a start ended without success. A `finished` that panics leaves a value, which is stopped like any other.
    fn record_start_ended(&mut self, index: usize) {
        let has_started = self.table.core.services.is_full(index);
        self.table.core.group.set_start_failed(index, Instant::now());
        self.table.end_start_before_turn(index, has_started);
    }

    fn has_timed_out(&self, index: usize) -> bool {
        self.failures
            .iter()
            .any(|failure| matches!(failure, FailureReason::TimedOut { index: of } if *of == index))
    }

    fn on_time(&mut self) {
        let suspended = self.timers.postpone_by_suspension();
        for window_end in self.window_ends.iter_mut().flatten() {
            *window_end += suspended;
        }
        while let Some(due) = self.timers.pop(Instant::now()) {
            match due {
                StartDue::End(index) if matches!(self.table.stages[index], ServiceStage::Starting { .. }) => {
                    // It goes on until the roll-back aborts it, which waits for its end.
                    self.record_failure(FailureReason::TimedOut { index });
                }
                StartDue::Retry(index)
                    if matches!(self.table.stages[index], ServiceStage::Retrying { .. }) =>
                {
                    self.spawn(index, None);
                }
                StartDue::End(_) | StartDue::Retry(_) => {}
                StartDue::GraceOver => self.is_grace_over = true,
            }
        }
    }

    fn finish(self) -> Completions {
        let Self { mut table, completions, .. } = self;
        // Disarms the drop of the table, which would abandon the group.
        table.stages.fill_with(|| ServiceStage::Ended);
        completions
    }

    /// Stops what has started. Services that end by themselves are recorded until then.
    async fn stop(self, params: StopParams) -> StopReport {
        let Self { table, completions: _completions, .. } = self;
        stop(table, params).await
    }

    /// Cancels the running starts and ends the pauses between two attempts. Returns the names of these services.
    fn cancel_starts(&mut self) -> Vec<&'static str> {
        let group = Arc::clone(&self.table.core.group);
        let mut starting = Vec::new();
        for (index, service) in group.plan.services().iter().enumerate() {
            match &self.table.stages[index] {
                ServiceStage::Starting { start, .. } => {
                    start.cancel();
                    starting.push(service.name());
                }
                ServiceStage::Retrying { .. } => {
                    self.record_start_ended(index);
                    starting.push(service.name());
                }
                ServiceStage::Waiting
                | ServiceStage::Started
                | ServiceStage::Stopping { .. }
                | ServiceStage::Ended => {}
            }
        }
        starting
    }
}
