//! Starts the members of a collection side by side, in the start expression of their field.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;

use futures_util::stream::FuturesUnordered;
use tokio::time::Instant;

use super::collection::{names_of, unnamed};
use super::erased::{MemberCells, TakenValue, ValueCell};
use super::member_starter::{MemberStarter, start_one};
use super::service_table::{ServiceStage, ServiceTable};
use super::start_context::StartContext;
use super::start_error::{StartError, StartErrorKind};
use super::start_handle::StartHandle;
use super::{GroupCore, Selection};
use crate::model::{BoxError, GroupPhase, Plan};
use crate::service::Service;
use crate::state::GroupState;

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
/// As [`start_each`], and [`StartErrorKind::DuplicateMember`] if two keys have the same text: nothing is started then.
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
    async move {
        // The map would drop one of the two without its stop.
        if let Some(name) = duplicate(&names) {
            let of = StartContext::current().map_or("", |outer| outer.service().name());
            let kind = StartErrorKind::DuplicateMember(format!("{of}[{name}]").into());
            return Err(StartError::before_the_start(of, kind));
        }
        Ok(keys.into_iter().zip(start_all(names, starts).await?).collect())
    }
}

fn duplicate(names: &[String]) -> Option<&String> {
    let mut seen = BTreeSet::new();
    names.iter().find(|name| !seen.insert(*name))
}

async fn start_all<S, F, E>(names: Vec<String>, starts: Vec<F>) -> Result<Vec<S>, StartError>
where
    S: Service,
    F: Future<Output = Result<S, E>> + Send,
    E: Into<BoxError>,
{
    let outer = StartContext::current();
    let cells = Arc::new(MemberCells::empty(starts.len()));
    let group = members::<S>(names, outer.as_ref());
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
    let mut starter = MemberStarter { table, group: Arc::clone(&group), running, failures: Vec::new() };
    match starter.run(outer.as_ref()).await {
        Ok(()) => {
            starter.table.stages.fill_with(|| ServiceStage::Ended);
            let values = cells.0.iter().map(|cell| match cell.take() {
                TakenValue::Value(value) => value,
                TakenValue::Lent | TakenValue::Empty => unreachable!("all members have started"),
            });
            Ok(values.collect())
        }
        Err(interrupted) => Err(starter.roll_back(interrupted).await),
    }
}

/// Returns the state of members that start, in the place of the service whose start expression runs.
fn members<S: Service>(names: Vec<String>, outer: Option<&StartContext>) -> Arc<GroupState> {
    let member = (S::NESTED, S::HOLDS_ANY);
    let Some(outer) = outer else {
        return Arc::new(GroupState::new(Plan::of_members(&unnamed::<S>(), names, member), None));
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
