//! The starts of the members of a collection that are under way, and the stop of what has started.

use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::Arc;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use tokio::time::{Instant, sleep_until};

use super::service_table::{ServiceStage, ServiceTable};
use super::start::FAILURE_GRACE;
use super::start_context::{self, StartContext};
use super::start_error::StartError;
use super::start_failure::Interrupted;
use super::start_handle::MemberTokens;
use super::tasks::{EventSender, StartResult, TaskResult, unless_cancelled};
use super::{FailureReason, StartFailure, StopParams, stop};
use crate::model::{BoxError, SharedError, StopCause};
use crate::state::{GroupState, StopContext};
use crate::text::events::event;
use crate::text::panic_message;

/// How the start of a member ended, with its index.
pub(super) type MemberResult = (usize, StartResult);

/// Runs the start of one member.
pub(super) async fn start_one(
    group: &Arc<GroupState>,
    index: usize,
    outer: Option<&StartContext>,
    tokens: MemberTokens,
    start: impl Future<Output = Result<(), BoxError>> + Send,
) -> MemberResult {
    let context = outer.map(|outer| outer.of_member(tokens.stop, group, index));
    let start = start_context::scope_borrowed(context, AssertUnwindSafe(start).catch_unwind());
    let start = unless_cancelled(group, index, Some(tokens.cancel), start);
    let returned = tokens.abort.run_until_cancelled(start).await.flatten();
    let result = match returned {
        Some(Ok(Ok(()))) => StartResult::Started(None),
        // The text of an error is foreign code, which runs here and not in the driver.
        Some(Ok(Err(error))) => StartResult::Failed(SharedError::from(error)),
        Some(Err(panic)) => StartResult::Panicked(panic_message(panic)),
        None => StartResult::Aborted,
    };
    (index, result)
}

/// Starts the members of one collection.
pub(super) struct MemberStarter<F> {
    pub(super) table: ServiceTable,
    pub(super) group: Arc<GroupState>,
    pub(super) running: FuturesUnordered<F>,
    pub(super) failures: Vec<FailureReason>,
}

impl<F: Future<Output = MemberResult> + Send> MemberStarter<F> {
    /// Returns an error when what has started is to be stopped: with the stop of the group around, if that is the reason.
    pub(super) async fn run(&mut self, outer: Option<&StartContext>) -> Result<(), Interrupted<StopContext>> {
        let stop_requested = async {
            match outer {
                Some(outer) => outer.stop.requested().await,
                None => pending().await,
            }
        };
        tokio::pin!(stop_requested);
        let mut grace_end = None;
        loop {
            tokio::select! {
                biased;
                context = &mut stop_requested => return Err(Interrupted::Stop(context)),
                member = self.running.next() => match member {
                    Some((index, result)) => self.record_result(index, result),
                    None if self.failures.is_empty() => return Ok(()),
                    None => return Err(Interrupted::Failures),
                },
                () = sleep_until(grace_end.unwrap_or_else(Instant::now)), if grace_end.is_some() => {
                    return Err(Interrupted::Failures);
                }
            }
            if !self.failures.is_empty() {
                grace_end.get_or_insert_with(|| Instant::now() + FAILURE_GRACE);
            }
        }
    }

    fn record_result(&mut self, index: usize, result: StartResult) {
        let (group, now) = (&self.group, Instant::now());
        let service = group.plan.services()[index].name();
        self.table.stages[index] = match result {
            StartResult::Started(_) => {
                group.set_started(index, now);
                event!(group.events, info, service, "started");
                ServiceStage::Started
            }
            StartResult::Failed(_) | StartResult::Panicked(_) | StartResult::Aborted => {
                group.set_start_failed(index, now);
                ServiceStage::Waiting
            }
        };
        match result {
            StartResult::Failed(error) => {
                group.record_failed_attempt(index, error.clone());
                self.failures.push(FailureReason::Failed { index, error });
            }
            StartResult::Panicked(message) => self.failures.push(FailureReason::Panicked { index, message }),
            StartResult::Started(_) | StartResult::Aborted => {}
        }
    }

    /// Stops what has started, and returns why the collection did not start.
    pub(super) async fn roll_back(self, interrupted: Interrupted<StopContext>) -> StartError {
        let Self { table, group, running, failures } = self;
        let mut failures = failures.into_iter();
        let context = match interrupted {
            Interrupted::Stop(context) => Some(context),
            Interrupted::Failures => None,
        };
        let cause = context.as_ref().map_or(StopCause::Requested, |context| context.cause().clone());
        // A failure that came before the stop request is the reason.
        let reason = failures.next().unwrap_or(FailureReason::Stopped(cause));
        group.request_stop(reason.cause(&group.plan));
        for stage in &table.stages {
            if let ServiceStage::Starting { start, .. } = stage {
                start.cancel();
            }
        }
        let params = match &context {
            Some(context) => StopParams::nested(context),
            None => StopParams::own(&group, Instant::now()),
        };
        let (sender, stopping) = (table.sender.clone(), stop(table, params));
        tokio::pin!(stopping);
        let report = tokio::select! {
            biased;
            () = report_ends(running, &sender) => stopping.await,
            report = &mut stopping => report,
        };
        group.set_roll_back(report.clone());
        if let FailureReason::Panicked { index, message } = &reason {
            let name = group.plan.services()[*index].name();
            resume_unwind(Box::new(format!("`{name}` panicked in its start: {message}")));
        }
        StartError::new(&group, StartFailure { reason, others: failures.collect(), report })
    }
}

/// Reports the ends of the starts that were under way when the roll-back began.
async fn report_ends<F: Future<Output = MemberResult> + Send>(
    mut running: FuturesUnordered<F>,
    sender: &EventSender,
) {
    while let Some((index, result)) = running.next().await {
        sender.send(index, TaskResult::Start(result));
    }
}
