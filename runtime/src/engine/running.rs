//! A group that has started.

use std::fmt;
use std::future::Future;
use std::ops::Deref;
use std::sync::Arc;

use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

use crate::engine;
use crate::engine::erased::{ErasedGroup, ErasedServices};
use crate::engine::{Completions, GroupCore, ServiceTable, StopParams};
use crate::model::BoxError;
use crate::model::GroupPhase;
use crate::model::Plan;
use crate::model::ServiceGroup;
use crate::model::StopCause;
use crate::model::StopReport;
use crate::service::{Service, ServiceExit};
use crate::state::GroupHandle;
use crate::state::GroupState;
use crate::state::StopContext;
use crate::text::{ErrorChain, HumanDuration};

/// A group that has started: the user's struct, with what it takes to stop it.
///
/// It is a [`Service`] itself, so that a group can be a field of a bigger group.
///
/// Dropped without [`stop`](Self::stop), it drops its services in stop order, and warns: a service's own `stop` does
/// not run then.
#[must_use = "a group that is dropped is not stopped: its services are merely dropped, in stop order"]
pub struct Running<A> {
    /// Gone only when the group is being stopped.
    app: Option<A>,
    parts: Arc<dyn ErasedGroup<A>>,
    shared: Arc<GroupState>,
    watch: Option<AbortOnDropHandle<()>>,
}

impl<A> Running<A> {
    pub(crate) fn new(parts: Arc<dyn ErasedGroup<A>>, shared: Arc<GroupState>, watch: Completions) -> Self {
        shared.enter(GroupPhase::Running);
        let watch = AbortOnDropHandle::new(tokio::spawn(look_after(Arc::clone(&shared), watch)));
        Self { app: Some(parts.assemble()), parts, shared, watch: Some(watch) }
    }

    /// The group, to look at it and to request its stop.
    #[must_use]
    pub fn handle(&self) -> GroupHandle {
        GroupHandle::new(Arc::clone(&self.shared))
    }

    /// Waits until a stop is requested, or caused by a service, and gives the cause. It stops nothing.
    ///
    /// # Cancel safety
    ///
    /// The future can be dropped and asked for again at any time.
    pub async fn wait(&mut self) -> StopCause {
        self.shared.requested().cancelled().await;
        self.shared.cause().cloned().unwrap_or(StopCause::Requested)
    }

    /// Stops the group: lame duck, then each service the moment the last one before it has ended.
    ///
    /// The budget counts from this call. Errors and panics of single stops are in the report, and hold up no other.
    ///
    /// # Cancel safety
    ///
    /// Dropped half-way, the future aborts the stops under way, and what is left is dropped in stop order.
    pub async fn stop(self) -> StopReport {
        self.stop_since(Instant::now()).await
    }

    /// Stops the group within the budget that began at that moment.
    pub(crate) async fn stop_since(self, begun: Instant) -> StopReport {
        self.shared.request(StopCause::Requested);
        let terms = StopParams::own(&self.shared, begun);
        self.shared.stops_in(terms.window());
        tracing::info!(group = self.shared.plan.name(), cause = %terms.cause(), "stopping");
        let lame_duck = self.lame_duck(begun).await;
        self.stop_on(terms.after_lame_duck(lame_duck)).await
    }

    /// Goes on serving while load balancers turn away; a second signal cuts it short.
    async fn lame_duck(&self, begun: Instant) -> std::time::Duration {
        let until = begun + self.shared.plan.lame_duck();
        if until <= Instant::now() {
            return std::time::Duration::ZERO;
        }
        self.shared.enter(GroupPhase::LameDuck);
        tokio::select! {
            () = self.shared.force().cancelled() => {}
            () = engine::reached(until) => {}
        }
        Instant::now() - begun
    }

    async fn stop_on(mut self, terms: StopParams) -> StopReport {
        let watch = self.watch.take();
        let roster = ServiceTable::started(self.dismantle());
        let report = engine::stop(roster, terms).await;
        drop(watch);
        tracing::info!(group = report.group_name, took = %HumanDuration(report.stop_duration), "stopped");
        report
    }

    /// Puts the values back into their cells.
    fn dismantle(&mut self) -> GroupCore {
        if let Some(app) = self.app.take() {
            self.parts.disassemble(app);
        }
        let parts: Arc<dyn ErasedServices> = Arc::clone(&self.parts) as _;
        GroupCore { shared: Arc::clone(&self.shared), parts }
    }
}

/// Hears of services that end by themselves, and of the begin of the drain, which the group around may begin.
async fn look_after(shared: Arc<GroupState>, watch: Completions) {
    let drained = async {
        shared.draining().cancelled().await;
        shared.notify_watchers();
    };
    tokio::join!(engine::watch(&shared, watch), drained);
}

impl<A> Deref for Running<A> {
    type Target = A;

    fn deref(&self) -> &A {
        match &self.app {
            Some(app) => app,
            None => unreachable!("a group that is being stopped is owned by its stop"),
        }
    }
}

impl<A> Drop for Running<A> {
    fn drop(&mut self) {
        let Some(app) = self.app.take() else { return };
        tracing::warn!(
            group = self.shared.plan.name(),
            "dropped without a stop: its services are dropped too"
        );
        self.parts.disassemble(app);
        let parts: Arc<dyn ErasedServices> = Arc::clone(&self.parts) as _;
        self.shared.enter(GroupPhase::Stopping);
        engine::drop_in_order(&GroupCore { shared: Arc::clone(&self.shared), parts });
        self.shared.enter(GroupPhase::Stopped);
    }
}

impl<A> fmt::Debug for Running<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running")
            .field("group", &self.shared.plan.name())
            .field("phase", &self.shared.phase())
            .finish_non_exhaustive()
    }
}

// A list of those that are services would hide what to write in the message of those that are not.
#[diagnostic::do_not_recommend]
impl<A: ServiceGroup> Service for Running<A> {
    const NESTED: Option<&'static Plan> = Some(&A::PLAN);

    /// A failure or a stop request inside reaches the group around it.
    fn finished(&self) -> impl Future<Output = ServiceExit> + Send + 'static {
        let shared = Arc::clone(&self.shared);
        async move {
            shared.requested().cancelled().await;
            match shared.cause() {
                Some(StopCause::Failed { service, error }) => {
                    ServiceExit::Failed(format!("`{service}` failed: {}", ErrorChain(&**error)).into())
                }
                _ => ServiceExit::StopGroup,
            }
        }
    }

    async fn stop(self, stopping: StopContext) -> Result<(), BoxError> {
        self.shared.request(stopping.cause().clone());
        let report = self.stop_on(StopParams::nested(&stopping)).await;
        stopping.detail(report);
        Ok(())
    }
}
