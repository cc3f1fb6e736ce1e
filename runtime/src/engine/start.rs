//! Starts each service as soon as all that it needs have started.

use std::pin::pin;
use std::sync::Arc;

use tokio::time::Instant;

use super::GroupCore;
use super::completions::Completions;
use super::service_table::{ServiceStage, ServiceTable};
use super::start_context::StartContext;
use super::stop::stop;
use super::stop_params::StopParams;
use super::tasks::{StartEnd, TaskEnd, TaskEvent, spawn_start};
use super::timers::Timers;
use crate::model::{ServiceState, SharedError, StopCause, StopReport};
use crate::state::StopContext;
use crate::text::events::event;

/// A start that failed, after its roll-back.
pub(crate) struct StartFailure {
    pub(crate) reason: FailureReason,
    pub(crate) report: StopReport,
}

/// Why a start failed.
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
    let result = tokio::select! {
        biased;
        result = starter.run() => result.map_err(|reason| (reason, None)),
        context = outer_stop => Err((FailureReason::Stopped(context.cause().clone()), Some(context))),
    };
    match result {
        Ok(()) => Ok(starter.finish()),
        Err((reason, context)) => {
            let params = starter.roll_back(&reason, context.as_ref());
            let report = starter.stop(params).await;
            Err(StartFailure { reason, report })
        }
    }
}

struct Starter {
    table: ServiceTable,
    /// For each service, how many of its dependencies have not started.
    waits_for: Vec<usize>,
    /// How many services have not started.
    remaining: usize,
    timers: Timers<usize>,
    completions: Completions,
}

impl Starter {
    fn new(core: GroupCore) -> Self {
        let services = core.group.plan.services();
        Self {
            waits_for: services.iter().map(|service| service.dependencies().len()).collect(),
            remaining: services.len(),
            timers: Timers::new(),
            completions: Completions::watch(&core.group),
            table: ServiceTable::waiting(core),
        }
    }

    async fn run(&mut self) -> Result<(), FailureReason> {
        let requested = self.table.core.group.requested().clone();
        if requested.is_cancelled() {
            return Err(self.stopped());
        }
        let mut stop_requested = pin!(requested.cancelled());
        for index in 0..self.waits_for.len() {
            if self.waits_for[index] == 0 {
                self.spawn(index);
            }
        }
        while self.remaining > 0 {
            tokio::select! {
                biased;
                () = &mut stop_requested => return Err(self.stopped()),
                Some(event) = self.table.events.recv() => self.on_event(event)?,
                () = self.timers.wait() => self.on_time()?,
            }
        }
        if requested.is_cancelled() { Err(self.stopped()) } else { Ok(()) }
    }

    fn stopped(&self) -> FailureReason {
        FailureReason::Stopped(self.table.core.group.cause().cloned().unwrap_or(StopCause::Requested))
    }

    fn spawn(&mut self, index: usize) {
        let core = &self.table.core;
        let service = &core.group.plan.services()[index];
        let now = Instant::now();
        core.group.set_state(index, ServiceState::Starting, now);
        let name = service.name();
        event!(core.group.events, info, service = name, "starting");
        self.timers.add(now + service.start_within(), index);
        let start = spawn_start(core, index, &self.table.sender);
        self.table.stages[index] = ServiceStage::Starting { start, since: now, request: None };
    }

    fn on_event(&mut self, TaskEvent { index, end }: TaskEvent) -> Result<(), FailureReason> {
        let TaskEnd::Start(end) = end else { return Ok(()) };
        match end {
            StartEnd::Started(finished) => {
                self.started(index);
                if let Some(finished) = finished {
                    self.completions.add(index, finished);
                }
                Ok(())
            }
            end => {
                // A `finished` that panics leaves a value, which is stopped like any other.
                let has_started = self.table.core.services.is_full(index);
                self.table.start_ended(index, has_started);
                Err(match end {
                    StartEnd::Failed(error) => FailureReason::Failed { index, error },
                    StartEnd::Panicked(message) => FailureReason::Panicked { index, message },
                    // The engine did not abort this start, so that the runtime is shutting down.
                    StartEnd::Started(_) | StartEnd::Aborted => FailureReason::Stopped(StopCause::Requested),
                })
            }
        }
    }

    fn started(&mut self, index: usize) {
        self.table.stages[index] = ServiceStage::Started;
        self.remaining -= 1;
        let group = Arc::clone(&self.table.core.group);
        group.set_state(index, ServiceState::Running, Instant::now());
        let service = group.plan.services()[index].name();
        event!(group.events, info, service, "started");
        for dependent in group.graph.dependents(index) {
            self.waits_for[dependent] -= 1;
            if self.waits_for[dependent] == 0 {
                self.spawn(dependent);
            }
        }
    }

    fn on_time(&mut self) -> Result<(), FailureReason> {
        self.timers.excuse();
        while let Some(index) = self.timers.pop(Instant::now()) {
            if matches!(self.table.stages[index], ServiceStage::Starting { .. }) {
                return Err(FailureReason::TimedOut { index });
            }
        }
        Ok(())
    }

    fn finish(self) -> Completions {
        let Self { mut table, completions, .. } = self;
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
        let group = &self.table.core.group;
        let name = |index: usize| group.plan.services()[index].name();
        let mut starting = Vec::new();
        for (index, stage) in self.table.stages.iter().enumerate() {
            if let ServiceStage::Starting { start, .. } = stage {
                start.cancel();
                starting.push(name(index));
            }
        }
        let cause = match reason {
            FailureReason::Failed { index, .. }
            | FailureReason::Panicked { index, .. }
            | FailureReason::TimedOut { index } => StopCause::NotStarted { service: name(*index).into() },
            FailureReason::Stopped(cause) => cause.clone(),
        };
        group.request(cause.clone());
        let name = group.plan.name();
        event!(group.events, info, group = name, %cause, ?starting, "gives up its start");
        match context {
            Some(context) => StopParams::nested(context),
            None => StopParams::own(group, group.requested_at().unwrap_or_else(Instant::now)),
        }
    }
}
