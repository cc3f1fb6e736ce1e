//! The task of a serve loop, and the handle that ends it: what both servers are made of.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use service_group::text::{ErrorChain, panic_message};
use service_group::{BoxError, ServiceContext, ServiceExit, StatsSource};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;

use crate::connection::connections::Connections;
use crate::connection::listen_addr::ListenAddr;
use crate::state::{CountGuard, ServerState};

/// How a serve loop ended; `None` while it runs.
type LoopEnd = Option<Result<(), String>>;

/// The connections of a serve loop, and the signal that ends it.
#[derive(Debug, Clone)]
pub(crate) struct ShutdownHandle {
    pub(crate) connections: Arc<Connections>,
    graceful: CancellationToken,
}

/// A running server. Dropped, it leaves no connection and no task.
#[derive(Debug)]
pub(crate) struct ServerTask {
    shutdown: ShutdownHandle,
    local_addr: ListenAddr,
    ended: watch::Receiver<LoopEnd>,
    task: AbortHandle,
}

impl ShutdownHandle {
    pub(crate) fn new(state: ServerState) -> Self {
        Self { connections: Connections::new(state), graceful: CancellationToken::new() }
    }

    /// Resolves when the serve loop is to end.
    pub(crate) fn graceful(&self) -> impl Future<Output = ()> + Send + use<> {
        self.graceful.clone().cancelled_owned()
    }
}

impl ServerTask {
    /// Spawns the serve loop.
    pub(crate) fn spawn<F, E>(shutdown: ShutdownHandle, local_addr: ListenAddr, serve: F) -> Self
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        let guard = CountGuard::of_loop(&shutdown.connections.state);
        let (end, ended) = watch::channel(None);
        let task = tokio::spawn(async move {
            let served = AssertUnwindSafe(serve).catch_unwind().await;
            end.send_replace(Some(to_text(served)));
            drop(guard);
        });
        Self { shutdown, local_addr, ended, task: task.abort_handle() }
    }

    pub(crate) fn connections(&self) -> &Arc<Connections> {
        &self.shutdown.connections
    }

    /// Returns the address that the server listens on.
    pub(crate) fn local_addr(&self) -> &ListenAddr {
        &self.local_addr
    }

    pub(crate) fn joined(&self, context: &ServiceContext) {
        self.connections().state.set_lame_duck(context.draining());
        context.show_stats(Arc::clone(self.connections()) as Arc<dyn StatsSource>);
        if let Some(address) = self.local_addr.tcp() {
            context.show_address(address);
        }
    }

    /// Resolves when the serve loop has ended by itself.
    pub(crate) fn finished(&self) -> impl Future<Output = ServiceExit> + Send + 'static {
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

    /// Begins the drain: the listener (`connection/listener.rs`) closes its socket, and handlers are notified.
    pub(crate) fn begin_drain(&self) {
        self.connections().state.draining.begin();
    }

    /// Asks the serve loop and its connections to end as soon as they carry no request.
    pub(crate) fn say_goodbye(&self) {
        self.connections().say_goodbye();
        self.shutdown.graceful.cancel();
    }

    /// Returns whether nothing of the server is left.
    pub(crate) fn is_over(&self) -> bool {
        !self.connections().state.is_serving() && self.connections().is_empty()
    }
}

impl Drop for ServerTask {
    fn drop(&mut self) {
        self.say_goodbye();
        self.connections().cut_all(None);
        self.connections().close_all_now();
        self.task.abort();
    }
}

fn to_text<E: Into<BoxError>>(served: Result<Result<(), E>, Box<dyn Any + Send>>) -> Result<(), String> {
    match served {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(ErrorChain(&*error.into()).to_string()),
        Err(panic) => Err(format!("panicked: {}", panic_message(panic))),
    }
}
