//! A group that has started.

use std::fmt;
use std::future::Future;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::erased::{BoxFuture, ErasedGroup, boxed};
use super::{Completions, GroupCore, ServiceTable, StopParams, drop_in_order, reached, stop};
use crate::model::{
    BoxError, GroupPhase, NestedFailure, Plan, ServiceGroup, StartReport, StopCause, StopReport,
};
use crate::service::{Service, ServiceContext, ServiceExit};
use crate::state::{GroupHandle, GroupState, StopContext};
use crate::text::HumanDuration;
use crate::text::events::event;

/// A group that has started: it derefs to the annotated struct, and can be stopped.
///
/// It is a [`Service`], so that a group can be a field of another group.
///
/// Its own methods are few, since a method here hides one of the same name of the struct. Everything else is on the
/// [`handle`](Self::handle).
///
/// Dropped without [`stop`](Self::stop), it drops its services in stop order and logs a warning: their own `stop` does
/// not run.
///
/// ```
/// use service_group::{BoxError, Task, service_group};
///
/// #[service_group]
/// struct App {
///     #[service(start = Task::spawn(|stop| async move { drop(stop.requested().await) }))]
///     worker: Task,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), BoxError> {
/// let app = App::start().await?;
/// println!("{:?} runs", app.worker); // the fields, by `Deref`
/// let report = app.stop().await;
/// assert!(report.is_clean(), "{report}");
/// # Ok(())
/// # }
/// ```
#[must_use = "a group that is dropped is not stopped: its services are only dropped, in stop order"]
pub struct Running<A> {
    /// `None` only while the group is being stopped.
    app: Option<A>,
    /// The group with its struct; `None` if there is none: the values stay in their cells.
    whole: Option<Arc<dyn ErasedGroup<A>>>,
    core: GroupCore,
    completions: Option<Completions>,
}

impl Running<()> {
    /// A group, or a part of one, whose values stay in their cells.
    pub(crate) fn in_cells(core: GroupCore, completions: Completions) -> Self {
        core.group.enter(GroupPhase::Running);
        Self { app: Some(()), whole: None, core, completions: Some(completions) }
    }
}

impl<A> Running<A> {
    pub(crate) fn new(whole: Arc<dyn ErasedGroup<A>>, core: GroupCore, completions: Completions) -> Self {
        core.group.enter(GroupPhase::Running);
        Self { app: Some(whole.assemble()), whole: Some(whole), core, completions: Some(completions) }
    }

    /// Returns a handle of the group: its status, and a way to request its stop.
    #[must_use]
    pub fn handle(&self) -> GroupHandle {
        GroupHandle::new(Arc::clone(&self.core.group))
    }

    /// Returns when each service began to start, what it waited for, and how long it took.
    #[must_use]
    pub fn start_report(&self) -> StartReport {
        self.core.group.start_report()
    }

    /// Waits until a stop is requested, or caused by a service, and returns the cause. It stops nothing.
    ///
    /// It borrows the group only for the call, so that a `select!` may use the fields beside it:
    ///
    /// ```
    /// # use service_group::{Running, StopCause};
    /// # struct App { jobs: tokio::sync::Semaphore }
    /// # async fn main_loop(app: Running<App>) {
    /// tokio::select! {
    ///     cause = app.stop_requested() => println!("the group stops {cause}"),
    ///     _ = app.jobs.acquire() => println!("a job is free"),
    /// }
    /// # }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// A request is kept: the future can be dropped and created again at any time.
    pub fn stop_requested(&self) -> impl Future<Output = StopCause> + Send + 'static {
        let group = Arc::clone(&self.core.group);
        async move { group.stop_requested().await }
    }

    /// Stops the group: first the lame duck, then each service as soon as the last one that uses it has ended.
    ///
    /// The budget counts from this call. The report has the errors and panics of single stops. They delay no other stop.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it ends, the running stops are aborted, and the rest is dropped in stop order.
    pub async fn stop(self) -> StopReport {
        let params = go_on_serving(Arc::clone(&self.core.group), Instant::now()).await;
        self.stop_with(params).await
    }

    /// Waits until a stop is requested, or caused by a service, and stops the group.
    ///
    /// The budget counts from the request.
    ///
    /// # Cancel safety
    ///
    /// As [`stop`](Self::stop).
    pub async fn stopped(self) -> StopReport {
        let params = serve_until_requested(Arc::clone(&self.core.group)).await;
        self.stop_with(params).await
    }

    fn stop_with(mut self, params: StopParams) -> BoxFuture<StopReport> {
        let completions = self.completions.take();
        stop_services(self.disassemble(), completions, params)
    }

    /// Moves the values back into their cells.
    fn disassemble(&mut self) -> GroupCore {
        if let (Some(app), Some(whole)) = (self.app.take(), &self.whole) {
            whole.disassemble(app);
        }
        self.core.clone()
    }
}

// What follows does not depend on the type of the group, and is boxed, so that it is compiled with this crate and not with each
// group.

/// Serves until a stop is requested, and goes on for the lame duck.
fn serve_until_requested(group: Arc<GroupState>) -> BoxFuture<StopParams> {
    boxed(async move {
        group.stop_requested().await;
        let begun = group.requested_at().unwrap_or_else(Instant::now);
        go_on_serving(group, begun).await
    })
}

/// Requests the stop, and goes on serving while load balancers find the group not ready. A second signal ends that.
fn go_on_serving(group: Arc<GroupState>, begun: Instant) -> BoxFuture<StopParams> {
    boxed(async move {
        group.request_stop(StopCause::Requested);
        let mut params = StopParams::own(&group, begun);
        group.set_stop_window(params.window());
        let (name, cause) = (group.plan.name(), params.cause().clone());
        event!(group.events, info, group = name, %cause, "stopping");
        let (lame_duck, suspended) = lame_duck(&group, begun).await;
        params.postpone(suspended);
        params.after_lame_duck(lame_duck)
    })
}

/// Returns how long the lame duck took, and for how long the process did not run meanwhile.
async fn lame_duck(group: &GroupState, begun: Instant) -> (Duration, Duration) {
    let until = begun + group.plan.lame_duck();
    // A run that is completed serves no clients, so that it has no lame duck.
    if until <= Instant::now() || matches!(group.cause(), Some(StopCause::Completed)) {
        return (Duration::ZERO, Duration::ZERO);
    }
    group.enter(GroupPhase::LameDuck);
    let suspended = tokio::select! {
        () = group.force_token().cancelled() => Duration::ZERO,
        suspended = reached(until) => suspended,
    };
    (Instant::now() - begun, suspended)
}

/// Stops the services, which are in their cells again. Those that end by themselves are recorded until then.
fn stop_services(
    core: GroupCore,
    completions: Option<Completions>,
    params: StopParams,
) -> BoxFuture<StopReport> {
    boxed(async move {
        let group = Arc::clone(&core.group);
        let report = stop(ServiceTable::started(core), params).await;
        drop(completions);
        let (name, took) = (report.group_name, HumanDuration(report.stop_duration));
        event!(group.events, info, group = name, %took, "stopped");
        report
    })
}

/// Drops the services, which are in their cells again, without stopping them.
fn drop_services(core: &GroupCore) {
    core.group.enter(GroupPhase::Stopping);
    drop_in_order(core);
    core.group.enter(GroupPhase::Stopped);
    let group = core.group.plan.name();
    event!(core.group.events, warn, group, "dropped without a stop: its services were dropped too");
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
        if self.app.is_none() {
            return;
        }
        drop_services(&self.disassemble());
    }
}

impl<A> fmt::Debug for Running<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running")
            .field("group", &self.core.group.plan.name())
            .field("phase", &self.core.group.phase())
            .finish_non_exhaustive()
    }
}

// A list of the types that are services would hide, in the message for a type that is not, what to write.
#[diagnostic::do_not_recommend]
impl<A: ServiceGroup + Send> Service for Running<A> {
    /// What the slowest path in the group needs, so that a service which wraps a group can forward it.
    const STOP_WITHIN: Duration = A::PLAN.slowest_stop();
    const NESTED: Option<&'static Plan> = Some(&A::PLAN);

    /// A group that is given, or stands in place of a start, has started outside of the group around it.
    fn joined(&self, context: &ServiceContext) {
        context.nest(&self.core.group);
    }

    /// Passes a failure or a stop request inside on to the group around it.
    fn finished(&self) -> impl Future<Output = ServiceExit> + Send + 'static {
        let group = Arc::clone(&self.core.group);
        async move {
            match group.stop_requested().await {
                StopCause::Failed { service, error } => {
                    ServiceExit::Failed(NestedFailure::new(service, error).into_shared().into())
                }
                _ => ServiceExit::StopGroup,
            }
        }
    }

    async fn stop(self, context: StopContext) -> Result<(), BoxError> {
        self.core.group.request_stop(context.cause().clone());
        let report = self.stop_with(StopParams::nested(&context)).await;
        context.detail(report);
        Ok(())
    }
}
