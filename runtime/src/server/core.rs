//! What both servers are made of: a serve loop in a task of its own, and the handles to end it.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;

use super::gate::Gate;
use super::tally::{Presence, Tally};
use crate::model::BoxError;
use crate::model::StatsSource;
use crate::service::ServiceContext;
use crate::service::ServiceExit;
use crate::text::panic_message;

/// How a serve loop ended.
type LoopEnd = Option<Result<(), String>>;

/// What a serve loop is given.
#[derive(Debug, Clone)]
pub(super) struct Reins {
    pub(super) gate: Arc<Gate>,
    graceful: CancellationToken,
}

/// A server that runs. Dropped, it leaves no connection and no task behind.
#[derive(Debug)]
pub(super) struct Core {
    reins: Reins,
    ended: watch::Receiver<LoopEnd>,
    task: AbortHandle,
}

impl Reins {
    pub(super) fn new(tally: Tally) -> Self {
        Self { gate: Gate::new(tally), graceful: CancellationToken::new() }
    }

    /// Resolves when the serve loop shall tell its connections to end.
    pub(super) fn graceful(&self) -> impl Future<Output = ()> + Send + use<> {
        self.graceful.clone().cancelled_owned()
    }
}

impl Core {
    /// Spawns the serve loop.
    pub(super) fn spawn<F, E>(reins: Reins, serve: F) -> Self
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        let presence = Presence::of_loop(&reins.gate.tally);
        let (end, ended) = watch::channel(None);
        let task = tokio::spawn(async move {
            let served = AssertUnwindSafe(serve).catch_unwind().await;
            end.send_replace(Some(told(served)));
            drop(presence);
        });
        Self { reins, ended, task: task.abort_handle() }
    }

    pub(super) fn gate(&self) -> &Arc<Gate> {
        &self.reins.gate
    }

    pub(super) fn joined(&self, membership: &ServiceContext) {
        self.gate().tally.set_lame_duck(membership.draining().token());
        membership.show_stats(Arc::clone(&self.reins.gate) as Arc<dyn StatsSource>);
    }

    /// Resolves when the serve loop has ended without having been told to.
    pub(super) fn finished(&self) -> impl Future<Output = ServiceExit> + Send + 'static {
        let mut ended = self.ended.clone();
        async move {
            let error = match ended.wait_for(Option::is_some).await.as_deref() {
                Ok(Some(Err(error))) => error.clone(),
                Ok(_) => "its listener has ended".to_owned(),
                Err(_) => "its runtime has ended".to_owned(),
            };
            ServiceExit::Failed(format!("the server has stopped serving: {error}").into())
        }
    }

    /// Closes the listening socket and tells handlers.
    pub(super) fn begin_drain(&self) {
        // What has ended before is not counted.
        self.gate().settle_all();
        self.gate().tally.draining.begin();
    }

    /// Tells the serve loop and its connections to end when they have nothing to do.
    pub(super) fn tell(&self) {
        self.gate().tell_all();
        self.reins.graceful.cancel();
    }

    /// Whether nothing of the server is left.
    pub(super) fn is_over(&self) -> bool {
        !self.gate().tally.is_serving() && self.gate().is_empty()
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        self.tell();
        self.gate().cut_all(None);
        self.task.abort();
    }
}

fn told<E: Into<BoxError>>(served: Result<Result<(), E>, Box<dyn Any + Send>>) -> Result<(), String> {
    match served {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(crate::text::ErrorChain(&*error.into()).to_string()),
        Err(panic) => Err(format!("panicked: {}", panic_message(&*panic))),
    }
}
