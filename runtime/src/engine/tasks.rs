//! The tasks that starts and stops run in, and how their end is told.
//!
//! # Invariants
//!
//! 1. A message is sent exactly once a task, by a guard that is dropped behind the user's future, whether that ended,
//!    panicked, was aborted or was never polled.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::AbortHandle;
use tracing::Instrument;

use super::GroupCore;
use super::abandon::AbandonGuard;
use super::spans;
use super::start_context::{self, StartContext};
use crate::engine::erased::{BoxFuture, TakenValue};
use crate::model::BoxError;
use crate::service::ServiceContext;
use crate::service::ServiceExit;
use crate::state::Busy;
use crate::state::LIFE;
use crate::state::{StopContext, StopToken};
use crate::sync::lock;
use crate::text::panic_message;

/// A task ended.
pub(crate) struct TaskEvent {
    pub(crate) index: usize,
    pub(crate) news: TaskResult,
}

/// Tells the driver, for whom it keeps what is left of the group.
#[derive(Clone)]
pub(crate) struct EventSender {
    send: UnboundedSender<TaskEvent>,
    pub(super) rest: Arc<AbandonGuard>,
}

impl EventSender {
    pub(crate) fn new(send: UnboundedSender<TaskEvent>, rest: Arc<AbandonGuard>) -> Self {
        Self { send, rest }
    }

    /// Gives whether anybody listens.
    fn tell(&self, index: usize, news: TaskResult) -> bool {
        self.send.send(TaskEvent { index, news }).is_ok()
    }
}

pub(crate) enum TaskResult {
    Start(StartEnd),
    Stop(StopEnd),
}

/// How a start task ended. Whether there is a value is for its cell to say.
pub(crate) enum StartEnd {
    /// With the future of the service's own end, if it has one.
    Started(Option<BoxFuture<ServiceExit>>),
    Failed(BoxError),
    Panicked(String),
    Aborted,
}

/// How a stop task ended.
pub(crate) enum StopEnd {
    Returned(Result<(), BoxError>),
    Panicked(String),
    Lent,
    Aborted,
}

/// A start under way.
pub(crate) struct StartHandle {
    abort: AbortHandle,
    /// A nested group is not aborted but told to stop, so that what it started is stopped and not just dropped.
    nested: Option<StopToken>,
}

impl StartHandle {
    /// Cancels the start; a nested group goes on until [`tell`](Self::tell).
    pub(crate) fn cancel(&self) {
        if self.nested.is_none() {
            self.abort.abort();
        }
    }

    /// Tells the start of a nested group to roll back.
    pub(crate) fn tell(&self, stopping: &StopContext) {
        if let Some(nested) = &self.nested {
            nested.request(stopping.clone());
        }
    }

    /// Ends the start for good.
    pub(crate) fn abort(&self) {
        self.abort.abort();
    }
}

pub(crate) fn spawn_start(crew: &GroupCore, index: usize, tell: &EventSender) -> StartHandle {
    let service = &crew.shared.plan.services()[index];
    let nested = service.nested().map(|_| StopToken::new());
    let context = nested.clone().map(|stop| StartContext::new(stop, &crew.shared, index));
    let guard = StartGuard { end: StartEnd::Aborted, index, crew: crew.clone(), tell: tell.clone() };
    let (span, life) = (spans::start(service.name()), spans::life(crew.shared.plan.name(), service.name()));
    crew.shared.lives.begin(index, &life);
    let within = span.clone();
    let task = async move {
        let attempt = busy(&guard.crew, index).counting(attempt(&guard.crew, index, context));
        let attempt = LIFE.scope(life, AssertUnwindSafe(attempt).catch_unwind());
        let end = match attempt.await {
            Ok(Ok(finished)) => StartEnd::Started(finished),
            Ok(Err(error)) => {
                spans::failed(&span, &*error);
                StartEnd::Failed(error)
            }
            Err(panic) => {
                let message = panic_message(&*panic);
                spans::panicked(&span, &message);
                StartEnd::Panicked(message)
            }
        };
        guard.tell(end);
    };
    StartHandle { abort: tokio::spawn(task.instrument(within)).abort_handle(), nested }
}

async fn attempt(
    crew: &GroupCore,
    index: usize,
    context: Option<StartContext>,
) -> Result<Option<BoxFuture<ServiceExit>>, BoxError> {
    start_context::within(context, crew.parts.start(index)).await?;
    Ok(crew.parts.joined(index, &ServiceContext::new(Arc::clone(&crew.shared), index)))
}

/// Counts the threads that are in what is done for the service now.
fn busy(crew: &GroupCore, index: usize) -> Busy {
    let busy = Busy::default();
    crew.shared.track_busy(index, busy.clone());
    busy
}

/// Tells the end of a start, or stops its value where nobody listens any more.
struct StartGuard {
    end: StartEnd,
    index: usize,
    crew: GroupCore,
    tell: EventSender,
}

impl StartGuard {
    /// Tells of this end, by being dropped.
    fn tell(mut self, end: StartEnd) {
        self.end = end;
    }
}

impl Drop for StartGuard {
    fn drop(&mut self) {
        let end = std::mem::replace(&mut self.end, StartEnd::Aborted);
        let is_heard = self.tell.tell(self.index, TaskResult::Start(end)) || self.tell.rest.is_abandoned();
        if !is_heard && self.crew.parts.is_full(self.index) {
            stop_late(self.crew.clone(), self.index);
        }
    }
}

/// Stops the value of a start that came back when the group had given it up.
pub(crate) fn stop_late(crew: GroupCore, index: usize) {
    let service = &crew.shared.plan.services()[index];
    tracing::warn!(service = service.name(), "started after the group had given it up: it is stopped now");
    let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
    let stopping = StopContext::within(service.window().guaranteed());
    runtime.spawn(async move {
        if let TakenValue::Value(stop) = crew.parts.stop(index, stopping.clone()) {
            let ended =
                tokio::time::timeout_at(stopping.deadline(), AssertUnwindSafe(stop).catch_unwind()).await;
            let ended = matches!(ended, Ok(Ok(Ok(()))));
            tracing::info!(service = service.name(), ended, "stopped late");
        }
    });
}

pub(crate) fn spawn_stop(
    crew: &GroupCore,
    index: usize,
    guard: Arc<StopGuard>,
    stopping: StopContext,
) -> AbortHandle {
    let span = spans::stop(crew.shared.plan.services()[index].name());
    let within = span.clone();
    let (parts, busy) = (Arc::clone(&crew.parts), busy(crew, index));
    let task = async move {
        let stop = busy.counting(async move {
            match parts.stop(index, stopping) {
                TakenValue::Value(stop) => StopEnd::Returned(stop.await),
                TakenValue::Lent => StopEnd::Lent,
                // Only a stop takes a value that has started, and there is one stop.
                TakenValue::Empty => StopEnd::Returned(Ok(())),
            }
        });
        let stop = AssertUnwindSafe(stop).catch_unwind();
        let end = stop.await.unwrap_or_else(|panic| StopEnd::Panicked(panic_message(&*panic)));
        match &end {
            StopEnd::Returned(Err(error)) => spans::failed(&span, &**error),
            StopEnd::Panicked(message) => spans::panicked(&span, message),
            StopEnd::Returned(Ok(())) | StopEnd::Lent | StopEnd::Aborted => {}
        }
        guard.set(end);
    };
    tokio::spawn(task.instrument(within)).abort_handle()
}

/// Tells the end of a stop when nothing of it is left: its task, and whatever took a
/// [`Hold`](crate::state::Hold), own it together.
pub(crate) struct StopGuard {
    end: Mutex<StopEnd>,
    index: usize,
    tell: EventSender,
}

impl StopGuard {
    pub(crate) fn new(index: usize, tell: &EventSender) -> Arc<Self> {
        Arc::new(Self { end: Mutex::new(StopEnd::Aborted), index, tell: tell.clone() })
    }

    fn set(&self, end: StopEnd) {
        *lock(&self.end) = end;
    }
}

impl Drop for StopGuard {
    fn drop(&mut self) {
        let end = self.end.get_mut().unwrap_or_else(PoisonError::into_inner);
        let end = std::mem::replace(end, StopEnd::Aborted);
        // Nobody listens when the driver was dropped half-way.
        let _ = self.tell.tell(self.index, TaskResult::Stop(end));
    }
}
