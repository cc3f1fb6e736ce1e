//! Stops each service the moment the last one that stands before it has ended.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::Instant;

use super::report_builder::ReportBuilder;
use super::service_table::{ServiceStage, ServiceTable};
use super::stop_params::StopParams;
use super::tasks::{StartEnd, StopEnd, StopGuard, TaskEvent, TaskResult, spawn_stop, stop_late};
use super::timers::Timers;
use super::windows::{Windows, force_lead};
use super::{abandon, stop_outcome};

use crate::model::{Detail, StopOutcome, StopReport};
use crate::model::{GroupPhase, ServiceState};
use crate::state::StopContext;
use crate::state::StopRequest;
use crate::text::{ErrorChain, HumanDuration};

/// A nested group ends its own services at the end of its window; only one that does not even do that is aborted.
const NESTED_GRACE: Duration = Duration::from_millis(200);

/// Stops all services, and gives the report when each has ended or is beyond waiting.
pub(crate) async fn stop(roster: ServiceTable, terms: StopParams) -> StopReport {
    roster.crew.shared.stops_in(terms.window());
    roster.crew.shared.enter(GroupPhase::Stopping);
    let mut stopper = Stopper::new(roster, terms);
    stopper.run().await;
    stopper.close().await;
    let report = stopper.ledger.report(stopper.roster.crew.shared.plan.name(), &stopper.terms);
    abandon::discard_inputs(&stopper.roster.crew);
    stopper.roster.crew.shared.enter(GroupPhase::Stopped);
    report
}

/// What may be due for a service.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Force(usize),
    End(usize),
    Stuck(usize),
}

struct Stopper {
    roster: ServiceTable,
    terms: StopParams,
    windows: Windows,
    /// How many edges each service still waits for.
    waits: Vec<usize>,
    /// Services whose turn it is, with the one whose end made it so.
    ready: VecDeque<(usize, Option<usize>)>,
    left: usize,
    timers: Timers<Due>,
    forced: bool,
    ledger: ReportBuilder,
}

impl Stopper {
    fn new(roster: ServiceTable, terms: StopParams) -> Self {
        let shared = &roster.crew.shared;
        let count = shared.plan.services().len();
        let takes_time = |index: usize| !matches!(roster.stages[index], ServiceStage::Waiting);
        let waits: Vec<_> = (0..count).map(|index| shared.graph.ahead(index).len()).collect();
        Self {
            windows: Windows::new(&shared.plan, terms.end, takes_time),
            ready: (0..count).filter(|&index| waits[index] == 0).map(|index| (index, None)).collect(),
            waits,
            left: count,
            timers: Timers::new(),
            forced: false,
            ledger: ReportBuilder::new(terms.begun, count),
            roster,
            terms,
        }
    }

    async fn run(&mut self) {
        let force = self.terms.force.clone();
        loop {
            while let Some((index, waited_for)) = self.ready.pop_front() {
                self.ask(index, waited_for);
            }
            if self.left == 0 {
                return;
            }
            tokio::select! {
                biased;
                Some(message) = self.roster.news.recv() => self.hear(message),
                () = force.cancelled(), if !self.forced => self.force(),
                () = self.timers.wait() => self.on_time(),
            }
        }
    }

    /// Nobody listens from now on: a start that comes back finds that out, and stops its value itself.
    async fn close(&mut self) {
        self.roster.news.close();
        while let Some(message) = self.roster.news.recv().await {
            self.hear(message);
        }
    }

    /// It is the service's turn.
    fn ask(&mut self, index: usize, waited_for: Option<usize>) {
        let now = Instant::now();
        let deadline = self.windows.deadline(&self.roster.crew.shared.plan, index, now);
        self.ledger.open(&self.roster.crew.shared.plan, index, waited_for, now..deadline);
        match std::mem::replace(&mut self.roster.stages[index], ServiceStage::Ended) {
            ServiceStage::Starting { attempt, .. } => {
                let asked = self.asked(index, now, deadline, Weak::<()>::new());
                attempt.tell(&asked.stopping);
                self.roster.stages[index] = ServiceStage::Starting { attempt, asked: Some(asked) };
            }
            ServiceStage::Started => self.spawn(index, now, deadline),
            ServiceStage::Waiting | ServiceStage::Stopping { .. } | ServiceStage::Ended => {
                self.ended(index, StopOutcome::NotStarted)
            }
        }
    }

    fn spawn(&mut self, index: usize, at: Instant, deadline: Instant) {
        let crew = &self.roster.crew;
        let service = crew.shared.plan.services()[index].name();
        tracing::info!(service, window = %HumanDuration(deadline - at), "stopping");
        let guard = StopGuard::new(index, &self.roster.tell);
        let asked = self.asked(index, at, deadline, Arc::downgrade(&guard));
        self.roster.crew.shared.set(index, ServiceState::Stopping, at);
        let abort = spawn_stop(&self.roster.crew, index, guard, asked.stopping.clone());
        self.roster.stages[index] = ServiceStage::Stopping { abort, asked };
    }

    /// Opens a window and sets its clocks.
    fn asked(
        &mut self,
        index: usize,
        at: Instant,
        deadline: Instant,
        hold: Weak<impl Send + Sync + 'static>,
    ) -> StopRequest {
        let stopping = StopContext::new(deadline, self.terms.cause.clone(), self.terms.force.clone(), hold);
        let asked = StopRequest { at, stopping };
        let nested = self.is_nested(index);
        if self.forced {
            force_now(&asked, nested);
        } else if !nested {
            self.timers.add(deadline - force_lead(deadline - at), Due::Force(index));
        }
        self.timers.add(end_of(&asked, nested), Due::End(index));
        self.roster.crew.shared.ask(index, asked.clone());
        asked
    }

    fn hear(&mut self, TaskEvent { index, news }: TaskEvent) {
        match (std::mem::replace(&mut self.roster.stages[index], ServiceStage::Ended), news) {
            (ServiceStage::Starting { asked, .. }, TaskResult::Start(end)) => {
                self.start_ended(index, asked, end)
            }
            (ServiceStage::Stopping { asked, .. }, TaskResult::Stop(end)) => {
                self.stop_ended(index, &asked, end)
            }
            (ServiceStage::Ended, TaskResult::Start(_)) if self.roster.crew.parts.is_full(index) => {
                stop_late(self.roster.crew.clone(), index);
            }
            (stage, _) => self.roster.stages[index] = stage,
        }
    }

    /// A start that was under way when the stop began has ended, with a value or without.
    fn start_ended(&mut self, index: usize, asked: Option<StopRequest>, end: StartEnd) {
        let note = match end {
            StartEnd::Failed(error) => Some(format!("did not start: {}", ErrorChain(&*error))),
            StartEnd::Panicked(message) => Some(format!("panicked in its start: {message}")),
            StartEnd::Started(_) | StartEnd::Aborted => None,
        };
        self.ledger.note(index, note);
        let has_started = self.roster.crew.parts.is_full(index);
        if has_started {
            tracing::info!(service = self.roster.crew.shared.plan.services()[index].name(), "started");
        }
        match (has_started, asked) {
            (true, Some(asked)) if asked.stopping.time_remaining().is_zero() => {
                // Its turn is over, and it has no time left in which to stop.
                stop_late(self.roster.crew.clone(), index);
                self.ended(index, StopOutcome::Stuck { lent_to: None });
            }
            (true, Some(asked)) => self.spawn(index, asked.at, asked.stopping.deadline()),
            (false, Some(_)) => self.ended(index, StopOutcome::NotStarted),
            (_, None) => self.roster.came_back(index, has_started),
        }
    }

    fn stop_ended(&mut self, index: usize, asked: &StopRequest, end: StopEnd) {
        if matches!(end, StopEnd::Aborted) {
            // A stop that was never polled has left the value in its cell.
            abandon::discard(&self.roster.crew, index);
        }
        let shared = &self.roster.crew.shared;
        let details = asked.stopping.take_details();
        let ending = match end {
            StopEnd::Lent => StopOutcome::Stuck { lent_to: self.ledger.borrower(shared, index) },
            end => stop_outcome::of(end, asked.stopping.is_forced(), shared.failure(index), &details),
        };
        let report = self.ledger.of(index);
        report.window = asked.stopping.deadline() - asked.at;
        report.details = details;
        self.ended(index, ending);
    }

    /// Nothing of the service is left, or nothing that can be waited for.
    fn ended(&mut self, index: usize, ending: StopOutcome) {
        let now = Instant::now();
        let ending = match ending {
            StopOutcome::NotStarted => self.rolled_back(index),
            ending => ending,
        };
        self.ledger.close(index, ending.clone(), now);
        self.left -= 1;
        let shared = Arc::clone(&self.roster.crew.shared);
        shared.lives.end(index, &ending);
        shared.end(index, ending, now);
        for behind in shared.plan.services()[index].stops_before_indices() {
            self.waits[behind] -= 1;
            if self.waits[behind] == 0 {
                self.ready.push_back((behind, Some(index)));
            }
        }
    }

    /// A service did not start. Where it is a group, what it had started may not have stopped well.
    fn rolled_back(&mut self, index: usize) -> StopOutcome {
        let Some(report) = self.roster.crew.shared.unclean_roll_back(index) else {
            return StopOutcome::NotStarted;
        };
        let details = [Detail::from(report)];
        let ending = stop_outcome::of(StopEnd::Returned(Ok(())), false, None, &details);
        self.ledger.of(index).details.extend(details);
        ending
    }

    /// A second signal: every window is cut down to the time between its force and its end.
    fn force(&mut self) {
        self.forced = true;
        tracing::warn!(group = self.roster.crew.shared.plan.name(), "forced: all windows end now");
        for index in 0..self.roster.stages.len() {
            let nested = self.is_nested(index);
            if let Some(asked) = self.roster.stages[index].asked() {
                force_now(asked, nested);
                self.timers.add(end_of(asked, nested), Due::End(index));
            }
        }
    }

    fn on_time(&mut self) {
        let now = Instant::now();
        while let Some(due) = self.timers.pop(now) {
            let (Due::Force(index) | Due::End(index) | Due::Stuck(index)) = due;
            let nested = self.is_nested(index);
            let stage = &mut self.roster.stages[index];
            let Some(asked) = stage.asked() else { continue };
            match due {
                Due::Force(_) => asked.stopping.force(),
                Due::End(_) if end_of(asked, nested) <= now => {
                    stage.abort();
                    let stuck_grace = self.windows.stuck_grace(index, now);
                    self.timers.add(now + stuck_grace, Due::Stuck(index));
                }
                Due::End(_) => {}
                Due::Stuck(_) => {
                    self.ledger.of(index).details = asked.stopping.take_details();
                    self.roster.stages[index] = ServiceStage::Ended;
                    self.ended(index, StopOutcome::Stuck { lent_to: None });
                }
            }
        }
    }

    fn is_nested(&self, index: usize) -> bool {
        self.roster.crew.shared.plan.services()[index].nested().is_some()
    }
}

/// When the engine aborts the service.
fn end_of(asked: &StopRequest, nested: bool) -> Instant {
    asked.stopping.deadline() + if nested { NESTED_GRACE } else { Duration::ZERO }
}

/// Forces a service, and leaves it the time to cut. A nested group hears of the force by itself, and needs one such
/// time a service on its slowest path, so that its window stays.
fn force_now(asked: &StopRequest, nested: bool) {
    asked.stopping.force();
    if !nested {
        let now = Instant::now();
        let window = asked.stopping.deadline().saturating_duration_since(asked.at);
        asked.stopping.bring_forward(now + force_lead(window));
    }
}
