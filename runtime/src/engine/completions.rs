//! Waits for services that end by themselves, and records how they ended.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use futures_util::FutureExt;
use futures_util::future::CatchUnwind;
use tokio::task::JoinSet;

use super::erased::BoxFuture;
use crate::model::{Panicked, SharedError};
use crate::service::ServiceExit;
use crate::state::{Busy, FailedPart, GroupState};
use crate::sync::lock;
use crate::text::events::event;
use crate::text::{catch_panic, panic_message};

/// Waits for the `finished` futures of the services of a group, each in a task of its own: they are foreign code, which
/// never runs in a driver, and one that blocks holds up no other.
///
/// The tasks end when this is dropped.
#[derive(Debug)]
pub(crate) struct Completions {
    group: Arc<GroupState>,
    tasks: Mutex<JoinSet<()>>,
}

/// The `finished` future of one service. A panic in it is a failure of the service.
struct Completion {
    index: usize,
    /// `None` when it has ended.
    finished: Option<CatchUnwind<AssertUnwindSafe<BoxFuture<ServiceExit>>>>,
}

impl Completions {
    /// Notifies watchers of the drain, which the group around may begin, and waits for the futures that are added.
    pub(crate) fn watch(group: &Arc<GroupState>) -> Self {
        let mut tasks = JoinSet::new();
        let drained = Arc::clone(group);
        tasks.spawn(async move {
            drained.drain_token().cancelled().await;
            drained.notify_watchers();
        });
        Self { group: Arc::clone(group), tasks: Mutex::new(tasks) }
    }

    /// Adds the future of a service that has started.
    pub(crate) fn add(&self, index: usize, finished: BoxFuture<ServiceExit>) {
        let completion = Completion { index, finished: Some(AssertUnwindSafe(finished).catch_unwind()) };
        let (group, busy) = (Arc::clone(&self.group), Busy::default());
        group.track_busy(index, busy.clone());
        lock(&self.tasks).spawn(busy.counting(async move {
            let (index, exit) = completion.await;
            record(&group, index, exit);
        }));
    }
}

impl Future for Completion {
    type Output = (usize, ServiceExit);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(finished) = &mut self.finished else { return Poll::Pending };
        let panicked = |message: String| ServiceExit::Failed(Panicked::new(message).into());
        let Poll::Ready(exit) = finished.poll_unpin(cx) else { return Poll::Pending };
        let finished = self.finished.take();
        let exit = exit.map_err(panic_message).and_then(|exit| catch_panic(|| drop(finished)).map(|()| exit));
        Poll::Ready((self.index, exit.unwrap_or_else(panicked)))
    }
}

impl Drop for Completion {
    fn drop(&mut self) {
        // The service is being stopped, which reports what goes wrong with it.
        let finished = self.finished.take();
        let _ = catch_panic(|| drop(finished));
    }
}

/// Records that a service ended by itself. A failure requests the stop of the group.
fn record(group: &GroupState, index: usize, exit: ServiceExit) {
    let service = group.plan.services()[index].name();
    match exit {
        ServiceExit::Done => {
            if group.set_exited(index, None) {
                event!(group.events, info, service, "done");
            }
        }
        ServiceExit::StopGroup => {
            if group.end_group(index, service.into()) {
                event!(group.events, info, service, "done, and the group with it");
            }
        }
        ServiceExit::Failed(error) => {
            let error: SharedError = error.into();
            let part = FailedPart { name: service.into(), error: error.clone() };
            if !group.fail(index, error.clone(), part) {
                return;
            }
            if group.plan.services()[index].may_fail() {
                event!(
                    group.events,
                    warn,
                    service,
                    error = format_args!("{error:#}"),
                    "failed, and the group goes on"
                );
            } else {
                event!(group.events, error, service, error = format_args!("{error:#}"), "failed");
            }
        }
    }
}
