//! The starts of the members of a collection that are under way, and the stop of what has started.

use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::Arc;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use tokio::time::{Instant, sleep_until};

use super::service_table::{ServiceStage, ServiceTable};
use super::start::JOINED;
use super::start_context::{self, StartContext};
use super::start_error::StartError;
use super::start_handle::MemberTokens;
use super::tasks::{EventSender, StartEnd, TaskEnd, unless_cancelled};
use super::{FailureReason, StartFailure, StopParams, stop};
use crate::model::{BoxError, SharedError, StopCause};
use crate::state::{GroupState, StopContext};
use crate::text::events::event;
use crate::text::panic_message;

/// How a member ended its start: with its index.
pub(super) type MemberEnd = (usize, StartEnd);

/// Runs the start of one member.
pub(super) async fn start_one(
    group: &Arc<GroupState>,
    index: usize,
    outer: Option<&StartContext>,
    tokens: MemberTokens,
    start: impl Future<Output = Result<(), BoxError>> + Send,
) -> MemberEnd {
    let context = outer.map(|outer| outer.of_member(tokens.stop, group, index));
    let start = start_context::scope_borrowed(context, AssertUnwindSafe(start).catch_unwind());
    let start = unless_cancelled(group, index, Some(tokens.cancel), start);
    let end = tokens.abort.run_until_cancelled(start).await.flatten();
    let end = match end {
        Some(Ok(Ok(()))) => StartEnd::Started(None),
        // The text of an error is foreign code, which runs here and not in the driver.
        Some(Ok(Err(error))) => StartEnd::Failed(SharedError::from(error)),
        Some(Err(panic)) => StartEnd::Panicked(panic_message(panic)),
        None => StartEnd::Aborted,
    };
    (index, end)
}

/// Starts the members of one collection.
pub(super) struct MemberStarter<F> {
    pub(super) table: ServiceTable,
    pub(super) group: Arc<GroupState>,
    pub(super) running: FuturesUnordered<F>,
    pub(super) failures: Vec<FailureReason>,
}

impl<F: Future<Output = MemberEnd> + Send> MemberStarter<F> {
    /// Returns an error when what has started is to be stopped: with the stop of the group around, if that is why.
    pub(super) async fn run(&mut self, outer: Option<&StartContext>) -> Result<(), Option<StopContext>> {
        let stop_requested = async {
            match outer {
                Some(outer) => outer.stop.requested().await,
                None => pending().await,
            }
        };
        tokio::pin!(stop_requested);
        let mut joined_until = None;
        loop {
            tokio::select! {
                biased;
                context = &mut stop_requested => return Err(Some(context)),
                end = self.running.next() => match end {
                    Some((index, end)) => self.ended(index, end),
                    None if self.failures.is_empty() => return Ok(()),
                    None => return Err(None),
                },
                () = sleep_until(joined_until.unwrap_or_else(Instant::now)), if joined_until.is_some() => {
                    return Err(None);
                }
            }
            if !self.failures.is_empty() {
                joined_until.get_or_insert_with(|| Instant::now() + JOINED);
            }
        }
    }

    fn ended(&mut self, index: usize, end: StartEnd) {
        let (group, now) = (&self.group, Instant::now());
        let service = group.plan.services()[index].name();
        self.table.stages[index] = match end {
            StartEnd::Started(_) => {
                group.set_started(index, now);
                event!(group.events, info, service, "started");
                ServiceStage::Started
            }
            StartEnd::Failed(_) | StartEnd::Panicked(_) | StartEnd::Aborted => {
                group.set_start_failed(index, now);
                ServiceStage::Waiting
            }
        };
        match end {
            StartEnd::Failed(error) => {
                group.record_failed_attempt(index, error.clone());
                self.failures.push(FailureReason::Failed { index, error });
            }
            StartEnd::Panicked(message) => self.failures.push(FailureReason::Panicked { index, message }),
            StartEnd::Started(_) | StartEnd::Aborted => {}
        }
    }

    /// Stops what has started, and returns why the collection did not start.
    pub(super) async fn roll_back(self, stopped: Option<StopContext>) -> StartError {
        let Self { table, group, running, failures } = self;
        let mut failures = failures.into_iter();
        let cause = stopped.as_ref().map_or(StopCause::Requested, |context| context.cause().clone());
        let reason = failures.next().unwrap_or(FailureReason::Stopped(cause));
        let name = |index: usize| group.plan.services()[index].name();
        let cause = match &reason {
            FailureReason::Failed { index, .. }
            | FailureReason::Panicked { index, .. }
            | FailureReason::TimedOut { index } => StopCause::NotStarted { service: name(*index).into() },
            FailureReason::Stopped(cause) => cause.clone(),
        };
        group.request_stop(cause);
        for stage in &table.stages {
            if let ServiceStage::Starting { start, .. } = stage {
                start.cancel();
            }
        }
        let params = match &stopped {
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
            resume_unwind(Box::new(format!("`{}` panicked in its start: {message}", name(*index))));
        }
        StartError::new(&group, StartFailure { reason, others: failures.collect(), report })
    }
}

/// Reports the ends of the starts that were under way when the roll-back began.
async fn report_ends<F: Future<Output = MemberEnd> + Send>(
    mut running: FuturesUnordered<F>,
    sender: &EventSender,
) {
    while let Some((index, end)) = running.next().await {
        sender.send(index, TaskEnd::Start(end));
    }
}
