//! The tasks that starts and stops run in, and how their end is told.
//!
//! # Invariants
//!
//! 1. A message is sent exactly once a task, by a guard that is dropped behind the user's future, whether that ended,
//!    panicked, was aborted or was never polled.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::AbortHandle;
use tracing::Instrument;

use super::Crew;
use super::context::{self, StartContext};
use super::rest::Rest;
use crate::busy::Busy;
use crate::membership::Membership;
use crate::parts::{BoxFuture, Taken};
use crate::service::{BoxError, Ended};
use crate::stopping::{StopToken, Stopping};

/// A task ended.
pub(crate) struct Message {
    pub(crate) index: usize,
    pub(crate) news: News,
}

/// Tells the driver, for whom it keeps what is left of the group.
#[derive(Clone)]
pub(crate) struct Teller {
    send: UnboundedSender<Message>,
    pub(super) rest: Arc<Rest>,
}

impl Teller {
    pub(crate) fn new(send: UnboundedSender<Message>, rest: Arc<Rest>) -> Self {
        Self { send, rest }
    }

    /// Gives whether anybody listens.
    fn tell(&self, index: usize, news: News) -> bool {
        self.send.send(Message { index, news }).is_ok()
    }
}

pub(crate) enum News {
    Start(StartEnd),
    Stop(StopEnd),
}

/// How a start task ended. Whether there is a value is for its cell to say.
pub(crate) enum StartEnd {
    /// With the future of the service's own end, if it has one.
    Started(Option<BoxFuture<Ended>>),
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
pub(crate) struct Attempt {
    abort: AbortHandle,
    /// A nested group is not aborted but told to stop, so that what it started is stopped and not just dropped.
    nested: Option<StopToken>,
}

impl Attempt {
    /// Cancels the start; a nested group goes on until [`tell`](Self::tell).
    pub(crate) fn cancel(&self) {
        if self.nested.is_none() {
            self.abort.abort();
        }
    }

    /// Tells the start of a nested group to roll back.
    pub(crate) fn tell(&self, stopping: &Stopping) {
        if let Some(nested) = &self.nested {
            nested.request(stopping.clone());
        }
    }

    /// Ends the start for good.
    pub(crate) fn abort(&self) {
        self.abort.abort();
    }
}

pub(crate) fn spawn_start(crew: &Crew, index: usize, tell: &Teller) -> Attempt {
    let service = &crew.shared.plan.services()[index];
    let nested = service.nested().map(|_| StopToken::new());
    let context = nested.clone().map(|stop| StartContext::new(stop, &crew.shared, index));
    let guard = StartGuard { end: StartEnd::Aborted, index, crew: crew.clone(), tell: tell.clone() };
    let span = tracing::info_span!("start", service = service.name());
    let task = async move {
        let attempt =
            AssertUnwindSafe(busy(&guard.crew, index).counting(attempt(&guard.crew, index, context)));
        let end = match attempt.catch_unwind().await {
            Ok(Ok(finished)) => StartEnd::Started(finished),
            Ok(Err(error)) => StartEnd::Failed(error),
            Err(panic) => StartEnd::Panicked(panic_message(&*panic)),
        };
        guard.tell(end);
    };
    Attempt { abort: tokio::spawn(task.instrument(span)).abort_handle(), nested }
}

async fn attempt(
    crew: &Crew,
    index: usize,
    context: Option<StartContext>,
) -> Result<Option<BoxFuture<Ended>>, BoxError> {
    context::within(context, crew.parts.start(index)).await?;
    Ok(crew.parts.joined(index, &Membership::new(Arc::clone(&crew.shared), index)))
}

/// Counts the threads that are in what is done for the service now.
fn busy(crew: &Crew, index: usize) -> Busy {
    let busy = Busy::default();
    crew.shared.works(index, busy.clone());
    busy
}

/// Tells the end of a start, or stops its value where nobody listens any more.
struct StartGuard {
    end: StartEnd,
    index: usize,
    crew: Crew,
    tell: Teller,
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
        let is_heard = self.tell.tell(self.index, News::Start(end)) || self.tell.rest.is_abandoned();
        if !is_heard && self.crew.parts.is_full(self.index) {
            stop_late(self.crew.clone(), self.index);
        }
    }
}

/// Stops the value of a start that came back when the group had given it up.
pub(crate) fn stop_late(crew: Crew, index: usize) {
    let service = crew.shared.plan.services()[index];
    tracing::warn!(service = service.name(), "started after the group had given it up: it is stopped now");
    let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
    let stopping = Stopping::within(service.window().guaranteed());
    runtime.spawn(async move {
        if let Taken::Value(stop) = crew.parts.stop(index, stopping.clone()) {
            let ended =
                tokio::time::timeout_at(stopping.deadline(), AssertUnwindSafe(stop).catch_unwind()).await;
            let ended = matches!(ended, Ok(Ok(Ok(()))));
            tracing::info!(service = service.name(), ended, "stopped late");
        }
    });
}

pub(crate) fn spawn_stop(
    crew: &Crew,
    index: usize,
    guard: Arc<StopGuard>,
    stopping: Stopping,
) -> AbortHandle {
    let span = tracing::info_span!("stop", service = crew.shared.plan.services()[index].name());
    let (parts, busy) = (Arc::clone(&crew.parts), busy(crew, index));
    let task = async move {
        let stop = busy.counting(async move {
            match parts.stop(index, stopping) {
                Taken::Value(stop) => StopEnd::Returned(stop.await),
                Taken::Lent => StopEnd::Lent,
                // Only a stop takes a value that has started, and there is one stop.
                Taken::Empty => StopEnd::Returned(Ok(())),
            }
        });
        let end = AssertUnwindSafe(stop)
            .catch_unwind()
            .await
            .unwrap_or_else(|panic| StopEnd::Panicked(panic_message(&*panic)));
        guard.set(end);
    };
    tokio::spawn(task.instrument(span)).abort_handle()
}

/// Tells the end of a stop when nothing of it is left: its task, and whatever took a
/// [`Hold`](crate::stopping::Hold), own it together.
pub(crate) struct StopGuard {
    end: Mutex<StopEnd>,
    index: usize,
    tell: Teller,
}

impl StopGuard {
    pub(crate) fn new(index: usize, tell: &Teller) -> Arc<Self> {
        Arc::new(Self { end: Mutex::new(StopEnd::Aborted), index, tell: tell.clone() })
    }

    fn set(&self, end: StopEnd) {
        *self.end.lock().unwrap_or_else(PoisonError::into_inner) = end;
    }
}

impl Drop for StopGuard {
    fn drop(&mut self) {
        let end = self.end.get_mut().unwrap_or_else(PoisonError::into_inner);
        let end = std::mem::replace(end, StopEnd::Aborted);
        // Nobody listens when the driver was dropped half-way.
        let _ = self.tell.tell(self.index, News::Stop(end));
    }
}

/// What a panic said.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a message").to_owned()
}
