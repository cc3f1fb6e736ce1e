//! Starts each service as soon as all that it needs have started.

use std::pin::pin;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::Instant;

use super::GroupCore;
use super::completions::{self, Completion, Completions};
use super::service_table::{ServiceStage, ServiceTable};
use super::start_context::StartContext;
use super::stop::stop;
use super::stop_params::StopParams;
use super::tasks::{StartEnd, TaskEvent, TaskResult, spawn_start};
use super::timers::Timers;
use crate::model::BoxError;
use crate::model::ServiceState;
use crate::model::StopCause;
use crate::model::StopReport;
use crate::state::StopContext;

/// A start that did not come to its end, rolled back.
pub(crate) struct StartFailure {
    pub(crate) reason: FailureReason,
    pub(crate) report: StopReport,
}

/// Why a start did not come to its end.
pub(crate) enum FailureReason {
    Failed { index: usize, error: BoxError },
    Panicked { index: usize, message: String },
    TimedOut { index: usize },
    Stopped(StopCause),
}

/// Starts all services; on a failure, or a stop requested meanwhile, stops what has started.
pub(crate) async fn start(crew: GroupCore, outer: Option<StartContext>) -> Result<Completions, StartFailure> {
    let mut starter = Starter::new(crew);
    let told = async {
        match &outer {
            Some(outer) => outer.stop.requested().await,
            None => std::future::pending().await,
        }
    };
    let outcome = tokio::select! {
        biased;
        outcome = starter.run() => outcome.map_err(|reason| (reason, None)),
        stopping = told => Err((FailureReason::Stopped(stopping.cause().clone()), Some(stopping))),
    };
    match outcome {
        Ok(()) => Ok(starter.finish()),
        Err((reason, stopping)) => {
            let terms = starter.roll_back(&reason, stopping.as_ref());
            let report = starter.stop(terms).await;
            Err(StartFailure { reason, report })
        }
    }
}

struct Starter {
    roster: ServiceTable,
    /// How many of the services that it needs have not started, for each service.
    waits: Vec<usize>,
    left: usize,
    timers: Timers<usize>,
    watch: Completions,
}

impl Starter {
    fn new(crew: GroupCore) -> Self {
        let services = crew.shared.plan.services();
        Self {
            waits: services.iter().map(|service| service.dependencies().len()).collect(),
            left: services.len(),
            timers: Timers::new(),
            watch: FuturesUnordered::new(),
            roster: ServiceTable::waiting(crew),
        }
    }

    async fn run(&mut self) -> Result<(), FailureReason> {
        let requested = self.roster.crew.shared.requested().clone();
        if requested.is_cancelled() {
            return Err(self.stopped());
        }
        let mut told = pin!(requested.cancelled());
        for index in 0..self.waits.len() {
            if self.waits[index] == 0 {
                self.spawn(index);
            }
        }
        while self.left > 0 {
            tokio::select! {
                biased;
                () = &mut told => return Err(self.stopped()),
                Some(message) = self.roster.news.recv() => self.hear(message)?,
                Some((index, ended)) = self.watch.next() => {
                    completions::note(&self.roster.crew.shared, index, ended);
                }
                () = self.timers.wait() => self.on_time()?,
            }
        }
        if requested.is_cancelled() { Err(self.stopped()) } else { Ok(()) }
    }

    fn stopped(&self) -> FailureReason {
        FailureReason::Stopped(self.roster.crew.shared.cause().cloned().unwrap_or(StopCause::Requested))
    }

    fn spawn(&mut self, index: usize) {
        let crew = &self.roster.crew;
        let service = &crew.shared.plan.services()[index];
        tracing::info!(service = service.name(), "starting");
        let now = Instant::now();
        crew.shared.set(index, ServiceState::Starting, now);
        self.timers.add(now + service.start_within(), index);
        let attempt = spawn_start(crew, index, &self.roster.tell);
        self.roster.stages[index] = ServiceStage::Starting { attempt, asked: None };
    }

    fn hear(&mut self, TaskEvent { index, news }: TaskEvent) -> Result<(), FailureReason> {
        let TaskResult::Start(end) = news else { return Ok(()) };
        match end {
            StartEnd::Started(finished) => {
                self.started(index);
                if let Some(finished) = finished {
                    self.watch.push(Completion::new(index, finished));
                }
                Ok(())
            }
            end => {
                // A `finished` that panics leaves a value behind, which is stopped like any other.
                let has_started = self.roster.crew.parts.is_full(index);
                self.roster.came_back(index, has_started);
                Err(match end {
                    StartEnd::Failed(error) => FailureReason::Failed { index, error },
                    StartEnd::Panicked(message) => FailureReason::Panicked { index, message },
                    // Only a runtime that shuts down aborts a start which the engine did not.
                    StartEnd::Started(_) | StartEnd::Aborted => FailureReason::Stopped(StopCause::Requested),
                })
            }
        }
    }

    fn started(&mut self, index: usize) {
        self.roster.stages[index] = ServiceStage::Started;
        self.left -= 1;
        let shared = Arc::clone(&self.roster.crew.shared);
        tracing::info!(service = shared.plan.services()[index].name(), "started");
        shared.set(index, ServiceState::Running, Instant::now());
        for dependent in shared.graph.dependents(index) {
            self.waits[dependent] -= 1;
            if self.waits[dependent] == 0 {
                self.spawn(dependent);
            }
        }
    }

    fn on_time(&mut self) -> Result<(), FailureReason> {
        while let Some(index) = self.timers.pop(Instant::now()) {
            if matches!(self.roster.stages[index], ServiceStage::Starting { .. }) {
                return Err(FailureReason::TimedOut { index });
            }
        }
        Ok(())
    }

    fn finish(self) -> Completions {
        let Self { mut roster, watch, .. } = self;
        roster.stages.fill_with(|| ServiceStage::Ended);
        watch
    }

    /// Stops what has started, and goes on hearing of services that end by themselves.
    async fn stop(self, terms: StopParams) -> StopReport {
        let Self { roster, watch, .. } = self;
        let shared = Arc::clone(&roster.crew.shared);
        let mut stop = pin!(stop(roster, terms));
        tokio::select! {
            biased;
            report = &mut stop => report,
            () = completions::watch(&shared, watch) => stop.await,
        }
    }

    /// Cancels the starts under way, and says how what has started is to be stopped.
    fn roll_back(&mut self, reason: &FailureReason, stopping: Option<&StopContext>) -> StopParams {
        let shared = &self.roster.crew.shared;
        let name = |index: usize| shared.plan.services()[index].name();
        let mut under_way = Vec::new();
        for (index, stage) in self.roster.stages.iter().enumerate() {
            if let ServiceStage::Starting { attempt, .. } = stage {
                attempt.cancel();
                under_way.push(name(index));
            }
        }
        let cause = match reason {
            FailureReason::Failed { index, .. }
            | FailureReason::Panicked { index, .. }
            | FailureReason::TimedOut { index } => StopCause::NotStarted { service: name(*index).into() },
            FailureReason::Stopped(cause) => cause.clone(),
        };
        tracing::info!(group = shared.plan.name(), %cause, starting = ?under_way, "gives up its start");
        shared.request(cause);
        match stopping {
            Some(stopping) => StopParams::nested(stopping),
            None => StopParams::own(shared, shared.requested_at().unwrap_or_else(Instant::now)),
        }
    }
}
