//! Hears of services that end by themselves.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::future::CatchUnwind;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};

use super::task::panic_message;
use crate::cause::StopCause;
use crate::parts::BoxFuture;
use crate::service::Ended;
use crate::shared::Shared;

/// The futures of the services' own ends.
pub(crate) type Watch = FuturesUnordered<Watched>;

/// The future of a service's own end, with the service; a panic in it is a failure of the service.
pub(crate) struct Watched {
    index: usize,
    finished: CatchUnwind<AssertUnwindSafe<BoxFuture<Ended>>>,
}

impl Watched {
    pub(crate) fn new(index: usize, finished: BoxFuture<Ended>) -> Self {
        Self { index, finished: AssertUnwindSafe(finished).catch_unwind() }
    }
}

impl Future for Watched {
    type Output = (usize, Ended);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let panicked = |panic: Box<dyn Any + Send>| {
            Ended::Failed(format!("panicked: {}", panic_message(&*panic)).into())
        };
        let ended = self.finished.poll_unpin(cx);
        ended.map(|ended| (self.index, ended.unwrap_or_else(panicked)))
    }
}

/// Listens until all services that can end by themselves have.
pub(crate) async fn watch(shared: &Shared, mut watch: Watch) {
    while let Some((index, ended)) = watch.next().await {
        note(shared, index, ended);
    }
}

/// Notes that a service ended by itself; a failure stops the group.
pub(crate) fn note(shared: &Shared, index: usize, ended: Ended) {
    let service = shared.plan.services()[index].name();
    match ended {
        Ended::Done => {
            if shared.set_ended(index, None) {
                tracing::info!(service, "done");
            }
        }
        Ended::StopGroup => {
            if shared.set_ended(index, None) {
                tracing::info!(service, "done, and the group with it");
                shared.request(StopCause::Ended { service });
            }
        }
        Ended::Failed(error) => {
            let error: crate::cause::SharedError = error.into();
            if shared.set_ended(index, Some(Arc::clone(&error))) {
                tracing::error!(service, error = %crate::report::Chain(&*error), "failed");
                shared.request(StopCause::Failed { service, error });
            }
        }
    }
}
