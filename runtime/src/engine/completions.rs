//! Waits for services that end by themselves, and records how they ended.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::future::CatchUnwind;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_util::task::AbortOnDropHandle;

use super::erased::BoxFuture;
use crate::model::{Panicked, SharedError, StopCause};
use crate::service::ServiceExit;
use crate::state::GroupState;
use crate::text::events::event;
use crate::text::{catch_panic, panic_message};

/// Waits for the `finished` futures of the services of a group, in a task of its own: they are foreign code, which never
/// runs in a driver.
///
/// The task ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Completions {
    sender: UnboundedSender<Completion>,
    _task: AbortOnDropHandle<()>,
}

/// The `finished` future of one service. A panic in it is a failure of the service.
struct Completion {
    index: usize,
    /// `None` when it has ended.
    finished: Option<CatchUnwind<AssertUnwindSafe<BoxFuture<ServiceExit>>>>,
}

impl Completions {
    pub(crate) fn watch(group: &Arc<GroupState>) -> Self {
        let (sender, receiver) = unbounded_channel();
        let task = tokio::spawn(watch(Arc::clone(group), receiver));
        Self { sender, _task: AbortOnDropHandle::new(task) }
    }

    /// Adds the future of a service that has started.
    pub(crate) fn add(&self, index: usize, finished: BoxFuture<ServiceExit>) {
        let finished = Some(AssertUnwindSafe(finished).catch_unwind());
        // The task is gone where the runtime shuts down.
        let _ = self.sender.send(Completion { index, finished });
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

/// Records each service that ends by itself, and notifies watchers of the drain, which the group around may begin.
async fn watch(group: Arc<GroupState>, mut added: UnboundedReceiver<Completion>) {
    let drained = async {
        group.draining().cancelled().await;
        group.notify_watchers();
    };
    let record_all = async {
        let mut completions = FuturesUnordered::new();
        loop {
            tokio::select! {
                biased;
                Some(completion) = added.recv() => completions.push(completion),
                Some((index, exit)) = completions.next() => record(&group, index, exit),
                else => break,
            }
        }
    };
    tokio::join!(record_all, drained);
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
            if group.set_exited(index, None) {
                group.request(StopCause::Ended { service: service.into() });
                event!(group.events, info, service, "done, and the group with it");
            }
        }
        ServiceExit::Failed(error) => {
            let error: SharedError = error.into();
            if group.set_exited(index, Some(error.clone())) {
                group.request(StopCause::Failed { service: service.into(), error: error.clone() });
                event!(group.events, error, service, error = format_args!("{error:#}"), "failed");
            }
        }
    }
}
