//! The tasks that starts and stops run in, and how they report their results.
//!
//! # Invariants
//!
//! 1. Each task sends exactly one event. A guard sends it that is dropped after the user's future, whether the future
//!    ended, panicked, was aborted, or was never polled.
//! 2. A start that is cancelled may still return a value, if it blocked its thread past its window. The value is stopped
//!    in the place of its service, not dropped.

use std::future::{Future, poll_fn};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::{Arc, Mutex, OnceLock};
use std::task::Poll;

use futures_util::FutureExt;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;

use super::GroupCore;
use super::abandon::{self, AbandonGuard};
use super::erased::{BoxFuture, TakenValue};
use super::spans;
use super::start_context::{self, StartContext};
use super::start_handle::StartHandle;
use crate::model::{Detail, GroupPhase, SharedError};
use crate::service::{Finished, ServiceContext, ServiceExit};
use crate::state::{Busy, GroupState, LIFE, Life, StopContext, StopToken};
use crate::sync::lock;
use crate::text::events::{event, in_span};
use crate::text::panic_message;

/// A task of a service has ended.
pub(crate) struct TaskEvent {
    pub(crate) index: usize,
    pub(crate) result: TaskResult,
}

/// How a task ended.
pub(crate) enum TaskResult {
    Start(StartResult),
    /// With what the service reported about its stop.
    Stop(StopResult, Vec<Detail>),
}

/// How a start task ended. The cell shows whether there is a value.
pub(crate) enum StartResult {
    /// With the `finished` future of the service, if it has one.
    Started(Option<BoxFuture<ServiceExit>>),
    Failed(SharedError),
    Panicked(String),
    Aborted,
}

/// How a stop task ended.
pub(crate) enum StopResult {
    Returned(Result<(), SharedError>),
    Panicked(String),
    /// A start that has not returned still borrows the value.
    Lent,
    Aborted,
}

/// Sends events to the driver.
#[derive(Clone)]
pub(crate) struct EventSender {
    sender: UnboundedSender<TaskEvent>,
    abandon_guard: Arc<AbandonGuard>,
}

impl EventSender {
    pub(crate) fn new(sender: UnboundedSender<TaskEvent>, abandon_guard: Arc<AbandonGuard>) -> Self {
        Self { sender, abandon_guard }
    }

    pub(super) fn abandon_guard(&self) -> &AbandonGuard {
        &self.abandon_guard
    }

    /// Returns whether the driver receives the event.
    pub(super) fn send(&self, index: usize, result: TaskResult) -> bool {
        self.sender.send(TaskEvent { index, result }).is_ok()
    }
}

/// Spawns a task. tokio copies its future several times until it is in place, and a box is copied as a pointer: 4 % of the
/// instructions of a start and stop (callgrind).
fn spawn(task: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
    tokio::spawn(Box::pin(task)).abort_handle()
}

pub(crate) fn spawn_start(core: &GroupCore, index: usize, sender: &EventSender) -> StartHandle {
    let service = &core.group.plan.services()[index];
    let holds_any = service.holds_any();
    let nested = (holds_any || service.nested().is_some()).then(StopToken::new);
    let context = nested.clone().map(|stop| StartContext::new(stop, &core.group, index));
    let guard =
        StartGuard { result: StartResult::Aborted, index, core: core.clone(), sender: sender.clone() };
    let cancel = holds_any.then(CancellationToken::new);
    let cancelled = cancel.clone();
    let task = async move {
        let group = &guard.core.group;
        let (service, events) = (group.plan.services()[index].name(), &group.events);
        let life = spans::life(events, group.plan.name(), service);
        group.life_spans.begin(index, &life);
        let span = spans::start(events, service);
        let start = group.busy(index).counting(run_start(&guard.core, index, context));
        let start = LIFE.scope(Life::new(life, events), AssertUnwindSafe(start).catch_unwind());
        let start = {
            // In place, since an `async fn` has room for its arguments twice.
            let start = pin!(in_span(span.clone(), start));
            unless_cancelled(group, index, cancelled, start).await
        };
        let Some(start) = start else { return };
        let result = match start {
            Ok(Ok(finished)) => StartResult::Started(finished),
            Ok(Err(error)) => {
                spans::failed(&span, "failed", &format!("{error:#}"));
                StartResult::Failed(error)
            }
            Err(panic) => {
                let message = panic_message(panic);
                spans::failed(&span, "panicked", &message);
                StartResult::Panicked(message)
            }
        };
        guard.send(result);
    };
    StartHandle::of_task(spawn(task), nested, cancel)
}

/// Runs a start. Returns `None` if it is cancelled while no group has begun to start in it: a group rolls itself back.
pub(super) async fn unless_cancelled<T>(
    group: &GroupState,
    index: usize,
    cancelled: Option<CancellationToken>,
    start: impl Future<Output = T>,
) -> Option<T> {
    let Some(cancelled) = cancelled else { return Some(start.await) };
    let (mut cancelled, mut start) = (pin!(cancelled.cancelled()), pin!(start));
    let is_group = || group.nested_at(index).is_some_and(|nested| nested.phase() != GroupPhase::Stopped);
    poll_fn(|cx| {
        if cancelled.as_mut().poll(cx).is_ready() && !is_group() {
            return Poll::Ready(None);
        }
        start.as_mut().poll(cx).map(Some)
    })
    .await
}

async fn run_start(
    core: &GroupCore,
    index: usize,
    context: Option<StartContext>,
) -> Result<Option<BoxFuture<ServiceExit>>, SharedError> {
    let started = start_context::scope(context, core.services.start(index)).await;
    // The text of an error is foreign code, which runs here and not in the driver.
    started.map_err(SharedError::from)?;
    let context = ServiceContext::new(Arc::clone(&core.group), index);
    let finished = core.services.joined(index, &context).and_then(Finished::awaited);
    context.take_refusal().map_or(Ok(finished), Err)
}

/// Reports the end of a start, or stops its value if the driver is gone.
struct StartGuard {
    result: StartResult,
    index: usize,
    core: GroupCore,
    sender: EventSender,
}

impl StartGuard {
    /// Reports this result, by being dropped.
    fn send(mut self, result: StartResult) {
        self.result = result;
    }
}

impl Drop for StartGuard {
    fn drop(&mut self) {
        let result = std::mem::replace(&mut self.result, StartResult::Aborted);
        let is_received = self.sender.send(self.index, TaskResult::Start(result));
        if !is_received && !self.sender.abandon_guard.is_abandoned() && self.core.services.is_full(self.index)
        {
            stop_late(self.core.clone(), self.index);
        }
    }
}

/// Stops the value of a start that returned after the group had given it up.
pub(crate) fn stop_late(core: GroupCore, index: usize) {
    let service = core.group.plan.services()[index].clone();
    let (name, events) = (service.name(), core.group.events.clone());
    event!(events, warn, service = name, "started after the group had given it up: it is stopped now");
    let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
    let context = StopContext::within(service.window().guaranteed());
    runtime.spawn(async move {
        if let TakenValue::Value(stop) = core.services.stop(index, context.clone()) {
            let stop = AssertUnwindSafe(stop).catch_unwind();
            let ended = tokio::time::timeout_at(context.deadline(), stop).await;
            let ended = matches!(ended, Ok(Ok(Ok(()))));
            event!(events, info, service = name, ended, "stopped late");
        }
    });
}

pub(crate) fn spawn_stop(
    core: &GroupCore,
    index: usize,
    guard: Arc<StopGuard>,
    context: StopContext,
) -> AbortHandle {
    let group = Arc::clone(&core.group);
    let services = Arc::clone(&core.services);
    let busy = core.group.busy(index);
    guard.set_stop(context.clone(), busy.clone());
    let task = async move {
        let group_of_clones = Arc::clone(&group);
        let span = spans::stop(&group.events, group.plan.services()[index].name());
        let stop = busy.counting(async move {
            group_of_clones.discard_clones(index);
            match services.stop(index, context) {
                TakenValue::Value(stop) => StopResult::Returned(stop.await.map_err(SharedError::from)),
                TakenValue::Lent => StopResult::Lent,
                // Only a stop takes a value that has started, and each service has one stop.
                TakenValue::Empty => StopResult::Returned(Ok(())),
            }
        });
        let stop = AssertUnwindSafe(stop).catch_unwind();
        let result = in_span(span.clone(), stop).await;
        let result = result.unwrap_or_else(|panic| StopResult::Panicked(panic_message(panic)));
        match &result {
            StopResult::Returned(Err(error)) => spans::failed(&span, "failed", &format!("{error:#}")),
            StopResult::Panicked(message) => spans::failed(&span, "panicked", message),
            StopResult::Returned(Ok(())) | StopResult::Lent | StopResult::Aborted => {}
        }
        guard.set(result);
    };
    spawn(task)
}

/// Reports the end of a stop when nothing of it is left. The stop task and every [`Hold`](crate::Hold) own it together.
///
/// User code in it (the drop of a value whose stop was never polled, and the sources of details) runs where the last owner is
/// dropped, and not in the driver.
pub(crate) struct StopGuard {
    result: Mutex<StopResult>,
    stop: OnceLock<(StopContext, Busy)>,
    index: usize,
    sender: EventSender,
}

impl StopGuard {
    pub(crate) fn new(index: usize, sender: &EventSender) -> Arc<Self> {
        let (result, stop) = (Mutex::new(StopResult::Aborted), OnceLock::new());
        Arc::new(Self { result, stop, index, sender: sender.clone() })
    }

    fn set_stop(&self, context: StopContext, busy: Busy) {
        // A guard belongs to one stop.
        let _ = self.stop.set((context, busy));
    }

    fn set(&self, result: StopResult) {
        *lock(&self.result) = result;
    }
}

impl Drop for StopGuard {
    fn drop(&mut self) {
        let result = std::mem::replace(&mut *lock(&self.result), StopResult::Aborted);
        let on_thread = self.stop.get().map(|(_, busy)| busy.enter());
        let guard = self.sender.abandon_guard();
        if matches!(result, StopResult::Aborted) && !guard.is_abandoned() {
            // A stop that was never polled has left the value in its cell.
            abandon::discard(guard.core(), self.index);
        }
        let details = self.stop.get().map(|(context, _)| context.take_details()).unwrap_or_default();
        drop(on_thread);
        // The driver is gone where the group was abandoned during the stop.
        let _ = self.sender.send(self.index, TaskResult::Stop(result, details));
    }
}
