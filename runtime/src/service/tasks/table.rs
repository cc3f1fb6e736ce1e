//! The tasks that run now, with their names, and what has become of the others.
//!
//! # Invariants
//!
//! 1. A task is admitted under the lock under which the table is closed: it either runs before the stop counts what it
//!    waits for, or its closure is returned.
//! 2. A task is in the table until everything of it has been dropped. As long as one is, the table holds the stop.
//! 3. No foreign code runs under the lock. The drop of a [`Hold`] may read the details of the stop, which lock the table.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use tokio::sync::SetOnce;
use tokio::task::AbortHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::model::{
    BoxError, CutRequest, Detail, Drained, ServerStats, SharedError, StatsSource, TaskFailed,
};
use crate::service::ServiceExit;
use crate::state::{Hold, StopContext};
use crate::sync::lock;
use crate::text::events::{EventSink, event};

/// How many tasks that were aborted are named in the report.
const NAMED: usize = 20;

/// The tasks of one service.
#[derive(Debug)]
pub(super) struct TaskTable {
    state: Mutex<State>,
    /// Cancelled when the table is closed and empty.
    ended: CancellationToken,
    /// How the service has ended by itself, if it has.
    exit: SetOnce<Exit>,
    /// The first error that is a failure of the service.
    failure: OnceLock<SharedError>,
    events: EventSink,
    /// The name of the field, from the end of its start on.
    service: OnceLock<&'static str>,
}

#[derive(Debug, Default)]
struct State {
    next_id: u64,
    /// By id, so that the oldest is the first.
    running: BTreeMap<u64, RunningTask>,
    is_closed: bool,
    ends_group: bool,
    failed: u64,
    /// The number and the oldest of the tasks that were aborted, once they are.
    aborted: Option<(usize, Vec<CutRequest>)>,
    hold: Option<Hold>,
}

#[derive(Debug)]
struct RunningTask {
    name: Cow<'static, str>,
    since: Instant,
    /// `None` until the task is spawned.
    abort: Option<AbortHandle>,
}

#[derive(Debug)]
enum Exit {
    StopGroup,
    Failed(SharedError),
}

/// Keeps a task in the table. Owned by the task.
#[derive(Debug)]
pub(super) struct TaskGuard {
    table: Arc<TaskTable>,
    id: u64,
}

impl TaskTable {
    pub(super) fn new(events: EventSink) -> Self {
        Self {
            state: Mutex::default(),
            ended: CancellationToken::new(),
            exit: SetOnce::new(),
            failure: OnceLock::new(),
            events,
            service: OnceLock::new(),
        }
    }

    pub(super) fn set_ends_group(&self) {
        self.state().ends_group = true;
    }

    pub(super) fn set_service(&self, name: &'static str) {
        // A value joins one group.
        let _ = self.service.set(name);
    }

    pub(super) fn service(&self) -> Option<&'static str> {
        self.service.get().copied()
    }

    /// Adds a task. Returns its name if the table is closed.
    pub(super) fn admit(self: &Arc<Self>, name: Cow<'static, str>) -> Result<TaskGuard, Cow<'static, str>> {
        let mut state = self.state();
        if state.is_closed {
            return Err(name);
        }
        let id = state.next_id;
        state.next_id += 1;
        state.running.insert(id, RunningTask { name, since: Instant::now(), abort: None });
        Ok(TaskGuard { table: Arc::clone(self), id })
    }

    /// Adds the handle of a task that was spawned, and aborts the task if the others have been aborted meanwhile.
    pub(super) fn set_abort(&self, id: u64, handle: AbortHandle) {
        let mut state = self.state();
        if state.aborted.is_some() {
            drop(state);
            handle.abort();
        } else if let Some(task) = state.running.get_mut(&id) {
            task.abort = Some(handle);
        }
    }

    /// Admits no more tasks, and holds the stop until those that run have ended.
    pub(super) fn close(self: &Arc<Self>, context: &StopContext) {
        let (cut, failed) = (Arc::clone(self), Arc::clone(self));
        context.prompt_detail_from(move || cut.state().cut());
        context.prompt_detail_from(move || failed.state().failures());
        let hold = context.hold();
        let mut state = self.state();
        state.is_closed = true;
        // Kept or dropped outside of the lock.
        let unused = if state.running.is_empty() { Some(hold) } else { state.hold.replace(hold) };
        drop(state);
        drop(unused);
        self.check_ended();
    }

    /// Admits no more tasks, and aborts those that run. Returns whether there were any.
    pub(super) fn abort(&self) -> bool {
        let mut state = self.state();
        state.is_closed = true;
        if state.running.is_empty() || state.aborted.is_some() {
            return false;
        }
        state.aborted = Some((state.running.len(), state.oldest()));
        let handles: Vec<_> = state.running.values_mut().filter_map(|task| task.abort.take()).collect();
        drop(state);
        handles.iter().for_each(AbortHandle::abort);
        true
    }

    /// Waits until the table is closed and empty, and returns the failure of the service.
    pub(super) async fn ended(&self) -> Result<(), BoxError> {
        self.ended.cancelled().await;
        self.failure.get().map_or(Ok(()), |error| Err(error.clone().into()))
    }

    /// Waits until a task ends the service.
    pub(super) async fn exited(&self) -> ServiceExit {
        match self.exit.wait().await {
            Exit::StopGroup => ServiceExit::StopGroup,
            Exit::Failed(error) => ServiceExit::Failed(error.clone().into()),
        }
    }

    fn check_ended(&self) {
        let mut state = self.state();
        if state.is_closed && state.running.is_empty() {
            let hold = state.hold.take();
            drop(state);
            self.ended.cancel();
            drop(hold);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    /// Returns the oldest tasks that run.
    fn oldest(&self) -> Vec<CutRequest> {
        let now = Instant::now();
        let cut =
            |task: &RunningTask| CutRequest::new(&*task.name, now.saturating_duration_since(task.since));
        self.running.values().take(NAMED).map(cut).collect()
    }

    /// Returns the tasks that were aborted, or are going to be, for the report of the stop.
    fn cut(&self) -> Option<Detail> {
        let (cut, cuts) = match &self.aborted {
            Some(aborted) => aborted.clone(),
            None => (self.running.len(), self.oldest()),
        };
        let still_running = self.running.len() as u64;
        let drained = Drained { cut: cut as u64, cuts, still_running, ..Drained::new() };
        (cut > 0).then(|| drained.into())
    }

    fn failures(&self) -> Option<Detail> {
        match self.failed {
            0 => None,
            1 => Some("1 task failed".into()),
            count => Some(format!("{count} tasks failed").into()),
        }
    }
}

impl StatsSource for TaskTable {
    fn stats(&self) -> ServerStats {
        let state = self.state();
        let oldest = state.running.values().next();
        let oldest = oldest.map(|task| (task.name.to_string(), task.since.elapsed()));
        ServerStats { tasks: state.running.len(), oldest, failed: state.failed, ..ServerStats::default() }
    }
}

impl TaskGuard {
    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// Reports how the task has ended, and removes it.
    pub(super) fn end(self, exit: ServiceExit) {
        match exit {
            ServiceExit::Done => {}
            ServiceExit::StopGroup => {
                // The first task that ends the service counts.
                let _ = self.table.exit.set(Exit::StopGroup);
            }
            ServiceExit::Failed(error) => self.fail(error.into()),
        }
    }

    fn fail(&self, error: SharedError) {
        let TaskTable { exit, failure, events, .. } = &*self.table;
        let mut state = self.table.state();
        state.failed += 1;
        let ends_group = state.ends_group;
        let name = state.running.get(&self.id).map(|task| task.name.clone()).unwrap_or_default();
        drop(state);
        if ends_group {
            let error = TaskFailed::new(name.clone(), error.clone()).into_shared();
            // The first failure counts.
            let _ = failure.set(error.clone());
            let _ = exit.set(Exit::Failed(error));
        }
        let service = self.table.service();
        event!(events, error, service, task = &*name, error = format_args!("{error:#}"), "task failed");
    }
}

impl Drop for TaskGuard {
    fn drop(&mut self) {
        let task = self.table.state().running.remove(&self.id);
        // Outside of the lock: the handle may own the last part of the task.
        drop(task);
        self.table.check_ended();
    }
}
