//! The group as its own services, and the code around it, see it.

use std::future::Future;
use std::sync::Arc;

use super::{Changes, GroupState, NotReady};
use crate::model::{GroupPhase, GroupStatus, Plan, StartReport, StopCause};

/// A handle of a group: its status, and a way to request its stop. Clones are handles of the same group.
///
/// A field `#[group] group: GroupHandle` passes it to the services; [`Running::handle`](crate::Running::handle) returns
/// it to the code around the group. It keeps no service alive.
///
/// ```
/// use service_group::{GroupHandle, Task, service_group};
///
/// #[service_group]
/// struct App {
///     #[group]
///     group: GroupHandle,
///     // Stops the group when its work is done.
///     #[service(start = Task::spawn(|_| work(group.clone())))]
///     job: Task,
/// }
///
/// async fn work(group: GroupHandle) {
///     group.request_stop();
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// assert_eq!(App::run().await.exit_code(), 0);
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct GroupHandle {
    group: Arc<GroupState>,
}

impl GroupHandle {
    pub(crate) fn new(group: Arc<GroupState>) -> Self {
        Self { group }
    }

    pub(crate) fn shared(&self) -> &Arc<GroupState> {
        &self.group
    }

    /// Returns the plan that the group follows: the compiled one, with the budget that a runner set.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.group.plan
    }

    /// Requests the stop of the group, and returns whether this was the first request.
    ///
    /// A request during the start rolls the start back. An early request is not lost. In a nested group it stops the
    /// outermost group, since the services around it depend on it.
    #[allow(clippy::must_use_candidate, reason = "most callers do not need to know whether they were first")]
    pub fn request_stop(&self) -> bool {
        self.group.request_stop(StopCause::Requested)
    }

    /// Requests that the group stops at once: what a second signal does.
    ///
    /// The lame duck ends, [`StopContext::forced`](crate::StopContext::forced) resolves for every service as soon as its
    /// stop is requested, and each window is cut down to the time between its force and its end. In a nested group it
    /// forces the outermost group.
    pub fn force_stop(&self) {
        self.group.request_stop(StopCause::Requested);
        self.group.request_force();
    }

    /// Waits until a stop is requested or caused, and returns the cause. It resolves at the start of the lame duck,
    /// before anything is stopped.
    ///
    /// A consumer of a queue, for example, stops taking messages at this time.
    ///
    /// # Cancel safety
    ///
    /// A request is kept: the future can be dropped and created again at any time.
    pub fn stop_requested(&self) -> impl Future<Output = StopCause> + Send + 'static {
        let group = Arc::clone(&self.group);
        async move {
            tokio::select! {
                () = group.request_token().cancelled() => {}
                () = group.drain_token().cancelled() => {}
            }
            group.effective_cause()
        }
    }

    /// Waits until the group has stopped, or its start was rolled back.
    ///
    /// A service of the group must not wait for this in its stop: the group waits for the service.
    ///
    /// # Cancel safety
    ///
    /// The future can be dropped and created again at any time.
    pub fn stopped(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut changes = self.changes();
        async move { while changes.next().await.is_some() {} }
    }

    /// Returns the phase of the group.
    #[must_use]
    pub fn phase(&self) -> GroupPhase {
        self.group.phase()
    }

    /// Keeps the group not ready, for this reason, as long as the returned guard lives: for a service that cannot do its
    /// work for now, and for maintenance.
    ///
    /// The status, `/readyz` and the status page show the reason. A hold of a nested group counts for the groups around it.
    /// The group goes on running.
    ///
    /// ```
    /// # use service_group::GroupHandle;
    /// # struct Broker;
    /// # impl Broker { async fn connected(&self) {} async fn lost(&self) {} }
    /// async fn consume(broker: Broker, group: GroupHandle) {
    ///     loop {
    ///         broker.lost().await;
    ///         let not_ready = group.hold("the broker is gone");
    ///         broker.connected().await;
    ///         drop(not_ready);
    ///     }
    /// }
    /// ```
    pub fn hold(&self, reason: impl Into<String>) -> NotReady {
        NotReady::new(Arc::clone(&self.group), reason.into())
    }

    /// Waits until the group is ready, and returns true, or until it stops before that, and returns false.
    ///
    /// # Cancel safety
    ///
    /// The future can be dropped and created again at any time.
    pub fn ready(&self) -> impl Future<Output = bool> + Send + 'static {
        let (group, mut changes) = (Arc::clone(&self.group), self.changes());
        async move {
            while let Some(status) = changes.next().await {
                if group.is_ready() {
                    return true;
                }
                if status.cause.is_some() || status.phase.is_stopping() {
                    return false;
                }
            }
            false
        }
    }

    /// Returns whether all services have started, no stop was requested, and nothing [holds](Self::hold) the group.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.group.is_ready()
    }

    /// Returns the status of the group and of each service. It takes time linear in the number of services.
    #[must_use]
    pub fn status(&self) -> GroupStatus {
        self.group.status()
    }

    /// Returns when each service began to start, what it waited for, and how long it took: of the start that is over, or of
    /// that which is running.
    #[must_use]
    pub fn start_report(&self) -> StartReport {
        self.group.start_report()
    }

    /// Returns the status now and after each change, until the group has stopped.
    #[must_use]
    pub fn changes(&self) -> Changes {
        Changes::new(Arc::clone(&self.group))
    }
}
