//! Stops each service when all services that stop before it have ended.
//!
//! Four things can happen to a service that stops, in this order: its stop is requested when its turn comes; it is forced
//! shortly before its window ends; its task is aborted at the end of the window; it counts as stuck after a grace, and the
//! order goes on without it. The times are in `deadlines.rs` and `windows.rs`. A second signal forces every service that is
//! stopping, and each later one as soon as its stop is requested.
//!
//! A start that still runs is stopped in its turn, like a service.

use std::any::Any;
use std::ops::Range;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::Instant;

use super::deadlines::{StopDue, abort_time, force_now};
use super::erased::{BoxFuture, boxed};
use super::report_builder::ReportBuilder;
use super::service_table::{ServiceStage, ServiceTable};
use super::stop_params::StopParams;
use super::tasks::{StartResult, StopGuard, StopResult, TaskEvent, TaskResult, spawn_stop, stop_late};
use super::timers::{Timers, reached};
use super::turns::Turns;
use super::windows::Windows;
use super::{inputs, stop_outcome};
use crate::model::{Detail, GroupPhase, ServiceState, StopCause, StopOutcome, StopReport};
use crate::state::{CallOnThread, StopContext, StopRequest, StoppedService};
use crate::text::HumanDuration;
use crate::text::events::event;

/// Stops all services, and returns the report when each has ended or is stuck.
///
/// Boxed, so that it is compiled with this crate. The body of an `async fn` is compiled in each crate that polls it.
pub(crate) fn stop(table: ServiceTable, params: StopParams) -> BoxFuture<StopReport> {
    boxed(stop_all(table, params))
}

async fn stop_all(table: ServiceTable, params: StopParams) -> StopReport {
    table.core.group.set_stop_window(params.window());
    table.core.group.enter(GroupPhase::Stopping);
    let mut stopper = Stopper::new(table, params);
    stopper.run().await;
    stopper.close().await;
    stopper.name_blocked_calls().await;
    let inputs = inputs::drop_all(&stopper.table.core, stopper.params.end).await;
    let report = stopper.builder.finish(&stopper.table.core.group.plan, &stopper.params, inputs);
    stopper.table.core.group.enter(GroupPhase::Stopped);
    stopper.table.core.group.forget_parent();
    report
}

struct Stopper {
    table: ServiceTable,
    params: StopParams,
    windows: Windows,
    turns: Turns,
    /// For each service whose stop was requested, the one whose end made it so.
    waited_for: Vec<Option<usize>>,
    /// How many services have not ended.
    remaining: usize,
    timers: Timers<StopDue>,
    is_forced: bool,
    builder: ReportBuilder,
}

impl Stopper {
    fn new(table: ServiceTable, params: StopParams) -> Self {
        let group = &table.core.group;
        let count = group.plan.services().len();
        let takes_time =
            |index: usize| !matches!(table.stages[index], ServiceStage::Waiting) && !group.is_absent(index);
        Self {
            windows: Windows::new(&group.plan, params.end, takes_time),
            turns: Turns::new((0..count).map(|index| group.graph.predecessors(index).len())),
            waited_for: vec![None; count],
            remaining: count,
            timers: Timers::new(),
            is_forced: false,
            builder: ReportBuilder::new(params.begun, count),
            table,
            params,
        }
    }

    async fn run(&mut self) {
        let force = self.params.force.clone();
        loop {
            while let Some((index, waited_for)) = self.turns.next() {
                self.begin(index, waited_for);
            }
            if self.remaining == 0 {
                return;
            }
            tokio::select! {
                biased;
                Some(event) = self.table.events.recv() => self.on_event(event),
                () = force.cancelled(), if !self.is_forced => self.force(),
                () = self.timers.wait() => self.on_time(),
            }
        }
    }

    /// Closes the channel. A start that returns later finds it closed, and stops its value itself.
    async fn close(&mut self) {
        self.table.events.close();
        while let Some(event) = self.table.events.recv().await {
            self.on_event(event);
        }
    }

    /// Requests the stop of a service whose turn has come.
    fn begin(&mut self, index: usize, waited_for: Option<usize>) {
        self.waited_for[index] = waited_for;
        let core = &self.table.core;
        let now = Instant::now();
        let window = now..self.windows.deadline(&core.group.plan, index, now);
        self.builder.open(&core.group.plan, index, waited_for, window.clone());
        let window = self.windows.after_faults(core, index, window);
        match std::mem::replace(&mut self.table.stages[index], ServiceStage::Ended) {
            ServiceStage::Starting { start, since, .. } => {
                let request = self.open_window(index, window, Weak::<()>::new());
                start.request_stop(&request.context);
                self.table.stages[index] = ServiceStage::Starting { start, since, request: Some(request) };
            }
            ServiceStage::Started => self.spawn(index, window),
            // Only `Waiting` occurs: a roll-back has ended each pause between two attempts, and a service has its turn once.
            ServiceStage::Waiting
            | ServiceStage::Retrying { .. }
            | ServiceStage::Stopping { .. }
            | ServiceStage::Ended => {
                self.record_outcome(index, StopOutcome::NotStarted);
            }
        }
    }

    fn spawn(&mut self, index: usize, window: Range<Instant>) {
        if self.table.core.group.is_absent(index) {
            return self.record_outcome(index, StopOutcome::Absent);
        }
        let guard = StopGuard::new(index, &self.table.sender);
        let Range { start: at, end: deadline } = window;
        let request = self.open_window(index, window, Arc::downgrade(&guard));
        self.table.core.group.set_state(index, ServiceState::Stopping, at);
        let abort = spawn_stop(&self.table.core, index, guard, request.context.clone());
        self.table.stages[index] = ServiceStage::Stopping { abort, request };
        let group = &self.table.core.group;
        let service = group.plan.services()[index].name();
        event!(group.events, info, service, window = %HumanDuration(deadline - at), "stopping");
    }

    /// Opens the window of a service and sets its timers. While anything has `hold`, the service counts as not ended.
    fn open_window(
        &mut self,
        index: usize,
        Range { start: at, end: deadline }: Range<Instant>,
        hold: Weak<impl Send + Sync + 'static>,
    ) -> StopRequest {
        let group = &self.table.core.group;
        let members = group.members_at(index).map(|members| members as Arc<dyn Any + Send + Sync>);
        let service = StoppedService { plan: &group.plan.services()[index], members };
        let cause = self.params.cause.clone();
        let force = self.params.force.clone();
        let context = StopContext::new(at..deadline, cause, force, group.events.clone(), service, hold);
        let request = StopRequest { at, context };
        let is_nested = self.is_nested(index);
        if self.is_forced {
            force_now(&request, is_nested);
        } else if !is_nested {
            self.timers.add(request.context.force_time(), StopDue::Force(index));
        }
        self.timers.add(abort_time(&request, is_nested), StopDue::End(index));
        self.table.core.group.set_request(index, request.clone());
        request
    }

    fn on_event(&mut self, TaskEvent { index, result }: TaskEvent) {
        match (std::mem::replace(&mut self.table.stages[index], ServiceStage::Ended), result) {
            (ServiceStage::Starting { request, since, .. }, TaskResult::Start(result)) => {
                self.on_start_ended(index, request, since, result);
            }
            (ServiceStage::Stopping { request, .. }, TaskResult::Stop(result, details)) => {
                self.on_stop_ended(index, &request, result, details);
            }
            (ServiceStage::Ended, TaskResult::Start(_)) if self.table.core.services.is_full(index) => {
                stop_late(self.table.core.clone(), index);
            }
            // The end of a task whose service counts as stuck: its outcome stays.
            (stage, _) => self.table.stages[index] = stage,
        }
    }

    /// Handles the end of a start that ran when the stop began, with a value or without.
    fn on_start_ended(
        &mut self,
        index: usize,
        request: Option<StopRequest>,
        since: Instant,
        result: StartResult,
    ) {
        let was_aborted = matches!(result, StartResult::Aborted);
        match result {
            StartResult::Failed(error) => {
                self.builder.detail(index, format!("did not start: {error:#}").into());
            }
            StartResult::Panicked(message) => {
                self.builder.detail(index, format!("panicked in its start: {message}").into());
            }
            StartResult::Started(_) | StartResult::Aborted => {}
        }
        let has_started = self.table.core.services.is_full(index);
        let is_cause = matches!(&self.params.cause, StopCause::NotStarted { service }
            if *service == *self.table.core.group.plan.services()[index].name());
        if was_aborted && !has_started && !is_cause {
            self.builder.detail(index, Detail::StartInterrupted(Instant::now() - since));
        }
        if has_started {
            let group = &self.table.core.group;
            let service = group.plan.services()[index].name();
            event!(group.events, info, service, "started");
        }
        match (has_started, request) {
            (true, Some(request)) if request.context.time_remaining().is_zero() => {
                // Its turn is over, and it has no time left to stop in.
                stop_late(self.table.core.clone(), index);
                self.record_outcome(index, StopOutcome::Stuck { lent_to: None });
            }
            (true, Some(request)) => self.spawn(index, request.at..request.context.deadline()),
            (false, Some(_)) => self.record_outcome(index, StopOutcome::NotStarted),
            (_, None) => self.table.end_start_before_turn(index, has_started),
        }
    }

    fn on_stop_ended(
        &mut self,
        index: usize,
        request: &StopRequest,
        result: StopResult,
        details: Vec<Detail>,
    ) {
        let group = &self.table.core.group;
        let outcome = match result {
            StopResult::Lent => StopOutcome::Stuck { lent_to: self.builder.borrower(group, index) },
            result => {
                stop_outcome::from_result(result, request.context.is_forced(), group.failure(index), &details)
            }
        };
        let report = self.builder.service(index);
        report.window = request.context.deadline() - request.at;
        report.details = details;
        self.record_outcome(index, outcome);
    }

    /// Records that nothing of the service is left, or nothing that the engine can wait for.
    fn record_outcome(&mut self, index: usize, outcome: StopOutcome) {
        let now = Instant::now();
        let outcome = match outcome {
            StopOutcome::NotStarted if self.table.core.selection.is_left_out(index) => StopOutcome::LeftOut,
            StopOutcome::NotStarted => self.outcome_of_rolled_back(index),
            outcome => outcome,
        };
        // The order goes through a service that is not there: the next one has waited for the one before it.
        let is_missing = matches!(outcome, StopOutcome::LeftOut | StopOutcome::Absent);
        let waited_for = if is_missing { self.waited_for[index] } else { Some(index) };
        self.builder.close(index, outcome.clone(), now, &self.table.core.group.events);
        self.remaining -= 1;
        let group = Arc::clone(&self.table.core.group);
        group.life_spans.end(index, &outcome, &group.events);
        group.set_outcome(index, outcome, now);
        self.turns.release(group.plan.services()[index].stops_before_indices(), waited_for);
    }

    /// Returns the outcome of a service that did not start. If it is a group or a collection, the report names what had
    /// started in it, and its own roll-back may have gone wrong.
    fn outcome_of_rolled_back(&mut self, index: usize) -> StopOutcome {
        let Some(report) = self.table.core.group.roll_back_of(index) else {
            return StopOutcome::NotStarted;
        };
        let is_clean = report.exit_code_of_services() == 0;
        let details = [Detail::from(report)];
        let outcome = stop_outcome::from_result(StopResult::Returned(Ok(())), false, None, &details);
        self.builder.service(index).details.extend(details);
        if is_clean { StopOutcome::NotStarted } else { outcome }
    }

    /// Reports calls that block their threads: each keeps a clone of its service, so that it is stuck.
    ///
    /// The drain has cancelled all of them. One that is on a thread now has the grace of an aborted stop to leave it.
    async fn name_blocked_calls(&mut self) {
        let (group, now) = (Arc::clone(&self.table.core.group), Instant::now());
        for CallOnThread { index, kind, run } in group.calls_on_threads() {
            tokio::select! {
                biased;
                () = run.ended.cancelled() => continue,
                _ = reached(now + self.windows.stuck_grace(index, now)) => {}
            }
            let blocked_for = HumanDuration(Instant::now() - run.since);
            let report = self.builder.service(index);
            report
                .details
                .push(Detail::Note(format!("its {} has blocked a thread for {blocked_for}", kind.key())));
            report.outcome = StopOutcome::Stuck { lent_to: None };
            group.set_outcome(index, report.outcome.clone(), Instant::now());
        }
    }

    /// Handles a second signal: cuts every window down to the time between its force and its end.
    fn force(&mut self) {
        self.is_forced = true;
        for index in 0..self.table.stages.len() {
            let is_nested = self.is_nested(index);
            if let Some(request) = self.table.stages[index].request() {
                force_now(request, is_nested);
                self.timers.add(abort_time(request, is_nested), StopDue::End(index));
            }
        }
        let group = &self.table.core.group;
        let name = group.plan.name();
        event!(
            group.events,
            warn,
            group = name,
            "forced: each window is cut to the time between force and end"
        );
    }

    fn on_time(&mut self) {
        let suspended = self.timers.postpone_by_suspension();
        if !suspended.is_zero() {
            self.postpone(suspended);
        }
        let now = Instant::now();
        while let Some(due) = self.timers.pop(now) {
            let (StopDue::Force(index) | StopDue::End(index) | StopDue::Stuck(index)) = due;
            let is_nested = self.is_nested(index);
            let stage = &mut self.table.stages[index];
            let Some(request) = stage.request() else { continue };
            match due {
                StopDue::Force(_) => request.context.force(),
                StopDue::End(_) if abort_time(request, is_nested) <= now => {
                    stage.abort();
                    let grace = self.windows.stuck_grace(index, now);
                    self.timers.add(now + grace, StopDue::Stuck(index));
                }
                // The timer is of another end: the end has moved.
                StopDue::End(_) => {}
                StopDue::Stuck(_) => {
                    self.builder.service(index).details = request.context.take_details_bounded();
                    self.table.stages[index] = ServiceStage::Ended;
                    self.record_outcome(index, StopOutcome::Stuck { lent_to: None });
                }
            }
        }
    }

    /// Moves the end of all windows by a time in which the process did not run, as the timers do.
    fn postpone(&mut self, suspended: Duration) {
        self.params.postpone(suspended);
        self.windows.postpone(suspended);
        for stage in &mut self.table.stages {
            if let Some(request) = stage.request() {
                request.context.postpone(suspended);
            }
        }
        self.table.core.group.set_stop_window(self.params.window());
    }

    fn is_nested(&self, index: usize) -> bool {
        let group = &self.table.core.group;
        let service = &group.plan.services()[index];
        service.nested().is_some() || service.holds_any() && group.nested_at(index).is_some()
    }
}
