//! Starts the members of a collection side by side, in the start expression of their field.

use std::fmt::Display;
use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::Arc;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use tokio::time::{Instant, sleep_until};

use super::collection::{MemberCells, names_of};
use super::erased::{TakenValue, ValueCell};
use super::service_table::{ServiceStage, ServiceTable};
use super::start::JOINED;
use super::start_context::{self, StartContext};
use super::start_error::StartError;
use super::tasks::{EventSender, MemberTokens, StartEnd, StartHandle, TaskEnd, unless_cancelled};
use super::{FailureReason, GroupCore, Selection, StartFailure, StopParams, stop};
use crate::model::{BoxError, GroupPhase, Plan, ServicePlan, SharedError, StopCause};
use crate::service::Service;
use crate::state::{GroupState, StopContext};
use crate::text::events::event;
use crate::text::panic_message;

/// Starts several services of a kind side by side, and returns them in the order of the futures.
///
/// ```
/// use service_group::{BoxError, StopToken, Task, service_group, start_each};
///
/// #[service_group]
/// struct App {
///     topics: Vec<String>,
///     #[service(start = start_each(topics.iter().map(|topic| consumer(topic))).await?)]
///     consumers: Vec<Task>,
/// }
///
/// async fn consumer(topic: &str) -> Result<Task, BoxError> {
///     // subscribe, and then
///     let topic = topic.to_owned();
///     Ok(Task::spawn(move |stop| consume(topic, stop)))
/// }
///
/// async fn consume(topic: String, stop: StopToken) {
///     println!("consumes {topic}");
///     stop.requested().await;
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), BoxError> {
/// let app = App::start(vec!["orders".to_owned(), "mails".to_owned()]).await?;
/// let report = app.stop().await;
/// assert_eq!(report.service("consumers").unwrap().members().len(), 2);
/// # Ok(()) }
/// ```
///
/// When one fails or a stop is requested, those that have started are stopped, in the window of the field, and the report
/// names them. A loop by hand, `vec![a().await?, b().await?]`, only drops them. Starts that are under way when one fails go on
/// for at most 250 ms, so that [`StartError::others`] has their failures too.
///
/// The futures run in one task, the one of the field's start: they may borrow what the start expression names. A start that
/// blocks its thread holds up the others.
///
/// # Errors
///
/// Returns the first failure, with the name of the member: `consumers[1]`. With `retry`, all members start again.
///
/// # Panics
///
/// If one of the starts panics: those that have started are stopped before.
///
/// # Cancel safety
///
/// If the future is dropped before it ends, the starts that run are dropped, and what has started is dropped too. A stop of
/// the group does not drop it.
pub fn start_each<S, F, E>(
    starts: impl IntoIterator<Item = F>,
) -> impl Future<Output = Result<Vec<S>, StartError>> + Send
where
    S: Service,
    F: Future<Output = Result<S, E>> + Send,
    E: Into<BoxError>,
{
    let starts: Vec<_> = starts.into_iter().collect();
    let names = (0..starts.len()).map(|index| index.to_string()).collect();
    start_all(names, starts)
}

/// Starts several services side by side, each with its key, and collects them into a map.
///
/// It does what [`start_each`] does. A member is named by its key: `consumers[orders]`.
///
/// ```
/// use std::collections::BTreeMap;
/// use service_group::{BoxError, Task, service_group, start_each_keyed};
///
/// #[service_group]
/// struct App {
///     topics: Vec<String>,
///     #[service(start = start_each_keyed(topics.iter().map(|topic| (topic.clone(), consumer(topic)))).await?)]
///     consumers: BTreeMap<String, Task>,
/// }
///
/// async fn consumer(topic: &str) -> Result<Task, BoxError> {
///     # let _ = topic;
///     Ok(Task::spawn(|stop| async move { drop(stop.requested().await) }))
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), BoxError> {
/// let app = App::start(vec!["orders".to_owned(), "mails".to_owned()]).await?;
/// let report = app.stop().await;
/// assert!(report.service("consumers[orders]").is_some());
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// As [`start_each`].
///
/// # Panics
///
/// As [`start_each`].
pub fn start_each_keyed<K, S, F, E, C>(
    starts: impl IntoIterator<Item = (K, F)>,
) -> impl Future<Output = Result<C, StartError>> + Send
where
    K: Display + Send,
    S: Service,
    F: Future<Output = Result<S, E>> + Send,
    E: Into<BoxError>,
    C: FromIterator<(K, S)>,
{
    let (keys, starts): (Vec<_>, Vec<_>) = starts.into_iter().unzip();
    let names = names_of(&keys);
    async move { Ok(keys.into_iter().zip(start_all(names, starts).await?).collect()) }
}

async fn start_all<S, F, E>(names: Vec<String>, starts: Vec<F>) -> Result<Vec<S>, StartError>
where
    S: Service,
    F: Future<Output = Result<S, E>> + Send,
    E: Into<BoxError>,
{
    let outer = StartContext::current();
    let cells = Arc::new(MemberCells::empty(starts.len()));
    let group = members(names, (S::NESTED, S::HOLDS_ANY), outer.as_ref());
    let (services, selection) = (Arc::clone(&cells) as _, Arc::new(Selection::default()));
    let mut table = ServiceTable::waiting(GroupCore { group: Arc::clone(&group), services, selection });
    let _end = EndOfStart(Arc::clone(&group));
    let running = FuturesUnordered::new();
    for (index, start) in starts.into_iter().enumerate() {
        let (handle, tokens) = StartHandle::of_member();
        let (_, since) = group.set_starting(index, None, Instant::now());
        table.stages[index] = ServiceStage::Starting { start: handle, since, request: None };
        let cell = &cells.0[index];
        let start = async move {
            cell.put(start.await.map_err(Into::into)?);
            Ok(())
        };
        running.push(start_one(&group, index, outer.as_ref(), tokens, start));
    }
    let mut starter = Starter { table, group: Arc::clone(&group), running, failures: Vec::new() };
    match starter.run(outer.as_ref()).await {
        Ok(()) => {
            starter.table.stages.fill_with(|| ServiceStage::Ended);
            let values = cells.0.iter().map(|cell| match cell.take() {
                TakenValue::Value(value) => value,
                TakenValue::Lent | TakenValue::Empty => unreachable!("all members have started"),
            });
            Ok(values.collect())
        }
        Err(stopped) => Err(starter.roll_back(stopped).await),
    }
}

/// Returns the state of members that start, in the place of the service whose start expression runs.
fn members(
    names: Vec<String>,
    member: (Option<&'static Plan>, bool),
    outer: Option<&StartContext>,
) -> Arc<GroupState> {
    let Some(outer) = outer else {
        let service = ServicePlan::with_stop("", &[], &[], None, None);
        return Arc::new(GroupState::new(Plan::of_members(&service, names, member), None));
    };
    let (group, _) = outer.service().place();
    let plan = Plan::of_members(outer.service().plan(), names, member);
    let members = Arc::new(GroupState::of_members(plan, Vec::new(), group, None));
    outer.set_nested(&members);
    members
}

/// The start of the members is over, however it ends: a start expression that goes on can be cancelled.
struct EndOfStart(Arc<GroupState>);

impl Drop for EndOfStart {
    fn drop(&mut self) {
        if self.0.phase() != GroupPhase::Stopped {
            self.0.enter(GroupPhase::Stopped);
        }
    }
}

/// How a member ended its start: with its index.
type MemberEnd = (usize, StartEnd);

/// Runs the start of one member.
async fn start_one(
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
struct Starter<F> {
    table: ServiceTable,
    group: Arc<GroupState>,
    running: FuturesUnordered<F>,
    failures: Vec<FailureReason>,
}

impl<F: Future<Output = MemberEnd> + Send> Starter<F> {
    /// Returns an error when what has started is to be stopped: with the stop of the group around, if that is why.
    async fn run(&mut self, outer: Option<&StartContext>) -> Result<(), Option<StopContext>> {
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
    async fn roll_back(self, stopped: Option<StopContext>) -> StartError {
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
        group.request(cause);
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
