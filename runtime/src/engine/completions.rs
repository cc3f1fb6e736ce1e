//! Waits for services that end by themselves, and records how they ended.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::future::CatchUnwind;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};

use super::erased::BoxFuture;
use crate::model::{Panicked, SharedError, StopCause};
use crate::service::ServiceExit;
use crate::state::GroupState;
use crate::text::{ErrorChain, panic_message};

/// The `finished` futures of all services.
pub(crate) type Completions = FuturesUnordered<Completion>;

/// The `finished` future of one service. A panic in it is a failure of the service.
pub(crate) struct Completion {
    index: usize,
    finished: CatchUnwind<AssertUnwindSafe<BoxFuture<ServiceExit>>>,
}

impl Completion {
    pub(crate) fn new(index: usize, finished: BoxFuture<ServiceExit>) -> Self {
        Self { index, finished: AssertUnwindSafe(finished).catch_unwind() }
    }
}

impl Future for Completion {
    type Output = (usize, ServiceExit);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let panicked =
            |panic: Box<dyn Any + Send>| ServiceExit::Failed(Panicked::new(panic_message(&*panic)).into());
        let exit = self.finished.poll_unpin(cx);
        exit.map(|exit| (self.index, exit.unwrap_or_else(panicked)))
    }
}

/// Records each service that ends by itself, until all that can have ended.
pub(crate) async fn watch(group: &GroupState, mut completions: Completions) {
    while let Some((index, exit)) = completions.next().await {
        record(group, index, exit);
    }
}

/// Records that a service ended by itself. A failure requests the stop of the group.
pub(crate) fn record(group: &GroupState, index: usize, exit: ServiceExit) {
    let service = group.plan.services()[index].name();
    match exit {
        ServiceExit::Done => {
            if group.set_exited(index, None) {
                tracing::info!(service, "done");
            }
        }
        ServiceExit::StopGroup => {
            if group.set_exited(index, None) {
                tracing::info!(service, "done, and the group with it");
                group.request(StopCause::Ended { service: service.into() });
            }
        }
        ServiceExit::Failed(error) => {
            let error: SharedError = error.into();
            if group.set_exited(index, Some(error.clone())) {
                tracing::error!(service, error = %ErrorChain(&*error), "failed");
                group.request(StopCause::Failed { service: service.into(), error });
            }
        }
    }
}
