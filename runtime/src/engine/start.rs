//! Starts each service as soon as all that it starts after have started.
//!
//! A service with `retry` whose start returned an error is between two attempts: nothing of it runs, and a timer begins the
//! next one.
//!
//! After the first failure nothing new starts. The starts under way go on for a moment, so that one run shows all mistakes
//! of a configuration.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::GroupCore;
use super::backoff::pause_after;
use super::completions::Completions;
use super::service_table::{ServiceStage, ServiceTable};
use super::start_context::StartContext;
use super::stop::stop;
use super::stop_params::StopParams;
use super::tasks::{StartEnd, TaskEnd, TaskEvent, spawn_start};
use super::timers::Timers;
use super::windows::{end_of_start, has_time_for_pause};
use crate::model::{SharedError, StopCause, StopReport};
use crate::state::StopContext;
use crate::text::HumanDuration;
use crate::text::events::event;

/// How long the starts under way may go on after the first failure.
pub(super) const JOINED: Duration = Duration::from_millis(250);

/// A start that failed, after its roll-back.
pub(crate) struct StartFailure {
    pub(crate) reason: FailureReason,
    /// The failures of other services that came until the roll-back.
    pub(crate) others: Vec<FailureReason>,
    pub(crate) report: StopReport,
}

/// Why a start failed.
#[derive(Clone)]
pub(crate) enum FailureReason {
    Failed { index: usize, error: SharedError },
    Panicked { index: usize, message: String },
    TimedOut { index: usize },
    Stopped(StopCause),
}

/// Starts all services. After a failure, or when a stop is requested, stops what has started.
pub(crate) async fn start(core: GroupCore, outer: Option<StartContext>) -> Result<Completions, StartFailure> {
    let mut starter = Starter::new(core);
    let outer_stop = async {
        match &outer {
            Some(outer) => outer.stop.requested().await,
            None => std::future::pending().await,
        }
    };
    let (stopped, context) = tokio::select! {
        biased;
        result = starter.run() => match result {
            Ok(()) => return Ok(starter.finish()),
            Err(stopped) => (stopped, None),
        },
        context = outer_stop => (Some(context.cause().clone()), Some(context)),
    };
    // A failure came before the request that ended the wait for others.
    let mut failures = std::mem::take(&mut starter.failures).into_iter();
    let stopped = stopped.unwrap_or(StopCause::Requested);
    let reason = failures.next().unwrap_or(FailureReason::Stopped(stopped));
    let params = starter.roll_back(&reason, context.as_ref());
    let report = starter.stop(params).await;
    Err(StartFailure { reason, others: failures.collect(), report })
}

/// What is due in a start, and of which service.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    /// The window of a start ends.
    End(usize),
    /// A service between two attempts starts again.
    Retry(usize),
    /// The starts under way have gone on for long enough after a failure.
    Joined,
}

struct Starter {
    table: ServiceTable,
    /// For each service, how many of those that start before it have not started.
    waits_for: Vec<usize>,
    /// How many services have not started.
    remaining: usize,
    /// For each service, when the window of its start ends.
    ends: Vec<Option<Instant>>,
    timers: Timers<Due>,
    completions: Completions,
    /// What has failed: from the first failure on nothing new starts.
    failures: Vec<FailureReason>,
    /// Whether the starts under way have had their time after the first failure.
    is_given_up: bool,
}

impl Starter {
    fn new(core: GroupCore) -> Self {
        let services = core.group.plan.services();
        Self {
            waits_for: services.iter().map(|service| service.starts_after_indices().count()).collect(),
            remaining: services.len(),
            ends: vec![None; services.len()],
            timers: Timers::new(),
            completions: Completions::watch(&core.group),
            table: ServiceTable::waiting(core),
            failures: Vec::new(),
            is_given_up: false,
        }
    }

    /// Returns an error when the start is to be rolled back: `None` after failures, otherwise the cause of the stop.
    async fn run(&mut self) -> Result<(), Option<StopCause>> {
        let requested = self.table.core.group.request_token().clone();
        // A value that is given, or stands in place of a start, exists already, and is stopped in its place whatever comes.
        for index in self.table.core.selection.given() {
            self.spawn(index, None);
        }
        if requested.is_cancelled() {
            return Err(Some(self.stop_cause()));
        }
        let mut stop_requested = pin!(requested.cancelled());
        let first: Vec<_> = (0..self.waits_for.len()).filter(|&index| self.waits_for[index] == 0).collect();
        for index in first {
            self.begin(index, None);
        }
        while self.remaining > 0 {
            if !self.failures.is_empty() && (self.is_given_up || !self.has_running_start()) {
                return Err(None);
            }
            tokio::select! {
                biased;
                () = &mut stop_requested => return Err(Some(self.stop_cause())),
                Some(event) = self.table.events.recv() => self.on_event(event)?,
                () = self.timers.wait() => self.on_time(),
            }
        }
        if !self.failures.is_empty() {
            return Err(None);
        }
        if requested.is_cancelled() { Err(Some(self.stop_cause())) } else { Ok(()) }
    }

    fn stop_cause(&self) -> StopCause {
        self.table.core.group.cause().cloned().unwrap_or(StopCause::Requested)
    }

    /// Whether a start is under way that has not failed.
    fn has_running_start(&self) -> bool {
        let mut stages = self.table.stages.iter().enumerate();
        stages.any(|(index, stage)| {
            matches!(stage, ServiceStage::Starting { .. }) && !self.has_timed_out(index)
        })
    }

    /// Starts a service whose turn it is. One that is left out counts as started, so that the order goes through it.
    fn begin(&mut self, index: usize, waited_for: Option<usize>) {
        let mut ready = VecDeque::from([(index, waited_for)]);
        while let Some((index, waited_for)) = ready.pop_front() {
            let selection = &self.table.core.selection;
            if selection.is_left_out(index) {
                self.remaining -= 1;
                ready.extend(self.followers_of(index).map(|next| (next, waited_for)));
            } else if !selection.is_given(index) && self.failures.is_empty() {
                self.spawn(index, waited_for);
            }
        }
    }

    /// Counts down for those that start after this service, and returns those whose turn it is.
    fn followers_of(&mut self, index: usize) -> impl Iterator<Item = usize> + use<> {
        let group = Arc::clone(&self.table.core.group);
        let mut ready = Vec::new();
        for next in group.graph.followers(index) {
            self.waits_for[next] -= 1;
            if self.waits_for[next] == 0 {
                ready.push(next);
            }
        }
        ready.into_iter()
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
            let end = end_of_start(core, index, now, now + service.start_window());
            self.ends[index] = Some(end);
            self.timers.add(end, Due::End(index));
        } else {
            event!(core.group.events, info, service = name, attempt, "starting again");
        }
        let start = spawn_start(core, index, &self.table.sender);
        self.table.stages[index] = ServiceStage::Starting { start, since, request: None };
    }

    fn on_event(&mut self, TaskEvent { index, end }: TaskEvent) -> Result<(), Option<StopCause>> {
        let TaskEnd::Start(end) = end else { return Ok(()) };
        match end {
            StartEnd::Started(finished) => {
                self.started(index);
                if let Some(finished) = finished {
                    self.completions.add(index, finished);
                }
            }
            StartEnd::Failed(_) | StartEnd::Panicked(_) if self.has_timed_out(index) => self.ended(index),
            StartEnd::Failed(error) => self.attempt_failed(index, error),
            StartEnd::Panicked(message) => self.failed(FailureReason::Panicked { index, message }),
            // The engine did not abort this start, so that the runtime is shutting down.
            StartEnd::Aborted => {
                self.ended(index);
                return Err(Some(StopCause::Requested));
            }
        }
        Ok(())
    }

    fn started(&mut self, index: usize) {
        self.table.stages[index] = ServiceStage::Started;
        self.remaining -= 1;
        let group = Arc::clone(&self.table.core.group);
        group.set_started(index, Instant::now());
        let service = group.plan.services()[index].name();
        event!(group.events, info, service, "started");
        // Nothing waits for a value that exists.
        let waited_for = Some(index).filter(|index| !self.table.core.selection.is_given(*index));
        for next in self.followers_of(index) {
            self.begin(next, waited_for);
        }
    }

    /// A start returned an error: it is tried again if it has `retry`, and there is time for a pause in its window.
    fn attempt_failed(&mut self, index: usize, error: SharedError) {
        let group = Arc::clone(&self.table.core.group);
        let service = &group.plan.services()[index];
        let retry = service.retry().filter(|_| !self.table.core.selection.is_replaced(index));
        // An attempt cannot be repeated that has taken an input. What is wrong is what that attempt returned.
        let retry = retry.filter(|_| !error.is_taken());
        let before = group.start_failure(index).filter(|_| error.is_taken());
        let error = before.unwrap_or(error);
        let retry = retry.filter(|_| has_time_for_pause(&self.table.core, index));
        let attempt = group.record_failed_attempt(index, error.clone());
        let (now, end) = (Instant::now(), self.ends[index]);
        let pause = retry.map(|retry| pause_after(retry, attempt));
        match pause.filter(|pause| end.is_some_and(|end| now + *pause < end)) {
            Some(pause) if self.failures.is_empty() => {
                let (service, shown, failure) = (service.name(), HumanDuration(pause), error.clone());
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
                self.timers.add(now + pause, Due::Retry(index));
                group.notify_watchers();
            }
            _ => self.failed(FailureReason::Failed { index, error }),
        }
    }

    /// Records a failure, after which nothing new starts. A service between two attempts has failed too.
    fn failed(&mut self, reason: FailureReason) {
        let is_first = self.failures.is_empty();
        if let FailureReason::Failed { index, .. } | FailureReason::Panicked { index, .. } = reason {
            self.ended(index);
        }
        self.failures.push(reason);
        if !is_first {
            return;
        }
        self.timers.add(Instant::now() + JOINED, Due::Joined);
        for index in 0..self.table.stages.len() {
            if let ServiceStage::Retrying { error } = &self.table.stages[index] {
                let error = error.clone();
                self.failures.push(FailureReason::Failed { index, error });
                self.ended(index);
            }
        }
    }

    /// A start has ended without success. A `finished` that panics leaves a value, which is stopped like any other.
    fn ended(&mut self, index: usize) {
        let has_started = self.table.core.services.is_full(index);
        self.table.core.group.set_start_failed(index, Instant::now());
        self.table.start_ended(index, has_started);
    }

    fn has_timed_out(&self, index: usize) -> bool {
        self.failures
            .iter()
            .any(|failure| matches!(failure, FailureReason::TimedOut { index: of } if *of == index))
    }

    fn on_time(&mut self) {
        let lost = self.timers.excuse();
        for end in self.ends.iter_mut().flatten() {
            *end += lost;
        }
        while let Some(due) = self.timers.pop(Instant::now()) {
            match due {
                Due::End(index) if matches!(self.table.stages[index], ServiceStage::Starting { .. }) => {
                    // It goes on until the roll-back aborts it, which waits for its end.
                    self.failed(FailureReason::TimedOut { index });
                }
                Due::Retry(index) if matches!(self.table.stages[index], ServiceStage::Retrying { .. }) => {
                    self.spawn(index, None);
                }
                Due::End(_) | Due::Retry(_) => {}
                Due::Joined => self.is_given_up = true,
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

    /// Cancels the running starts, and returns the parameters of the stop of what has started.
    fn roll_back(&mut self, reason: &FailureReason, context: Option<&StopContext>) -> StopParams {
        let group = Arc::clone(&self.table.core.group);
        let name = |index: usize| group.plan.services()[index].name();
        let mut starting = Vec::new();
        for index in 0..self.table.stages.len() {
            match &self.table.stages[index] {
                ServiceStage::Starting { start, .. } => {
                    start.cancel();
                    starting.push(name(index));
                }
                ServiceStage::Retrying { .. } => {
                    self.ended(index);
                    starting.push(name(index));
                }
                _ => {}
            }
        }
        let cause = match reason {
            FailureReason::Failed { index, .. }
            | FailureReason::Panicked { index, .. }
            | FailureReason::TimedOut { index } => StopCause::NotStarted { service: name(*index).into() },
            FailureReason::Stopped(cause) => cause.clone(),
        };
        group.request_stop(cause.clone());
        let name = group.plan.name();
        event!(group.events, info, group = name, %cause, ?starting, "gives up its start");
        match context {
            Some(context) => StopParams::nested(context),
            None => StopParams::own(&group, group.requested_at().unwrap_or_else(Instant::now)),
        }
    }
}
