//! Hears of services that end by themselves.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::future::CatchUnwind;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};

use crate::engine::erased::BoxFuture;
use crate::model::StopCause;
use crate::service::ServiceExit;
use crate::state::GroupState;
use crate::text::panic_message;

/// The futures of the services' own ends.
pub(crate) type Completions = FuturesUnordered<Completion>;

/// The future of a service's own end, with the service; a panic in it is a failure of the service.
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
        let panicked = |panic: Box<dyn Any + Send>| {
            ServiceExit::Failed(format!("panicked: {}", panic_message(&*panic)).into())
        };
        let ended = self.finished.poll_unpin(cx);
        ended.map(|ended| (self.index, ended.unwrap_or_else(panicked)))
    }
}

/// Listens until all services that can end by themselves have.
pub(crate) async fn watch(shared: &GroupState, mut watch: Completions) {
    while let Some((index, ended)) = watch.next().await {
        note(shared, index, ended);
    }
}

/// Notes that a service ended by itself; a failure stops the group.
pub(crate) fn note(shared: &GroupState, index: usize, ended: ServiceExit) {
    let service = shared.plan.services()[index].name();
    match ended {
        ServiceExit::Done => {
            if shared.set_ended(index, None) {
                tracing::info!(service, "done");
            }
        }
        ServiceExit::StopGroup => {
            if shared.set_ended(index, None) {
                tracing::info!(service, "done, and the group with it");
                shared.request(StopCause::Ended { service: service.into() });
            }
        }
        ServiceExit::Failed(error) => {
            let error: crate::model::SharedError = error.into();
            if shared.set_ended(index, Some(Arc::clone(&error))) {
                tracing::error!(service, error = %crate::text::ErrorChain(&*error), "failed");
                shared.request(StopCause::Failed { service: service.into(), error });
            }
        }
    }
}
