//! The group as its own services, and the code around it, see it.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::watch;

use crate::model::Plan;
use crate::model::StopCause;
use crate::model::{GroupPhase, GroupStatus};
use crate::state::GroupState;

/// The group itself: its status, and a way to stop it. Clones are handles of the same group.
///
/// A field `#[group] group: GroupHandle` gives it to the services, [`Running::handle`](crate::Running::handle) to
/// the code around the group. It keeps nothing alive.
#[derive(Debug, Clone)]
pub struct GroupHandle {
    shared: Arc<GroupState>,
}

impl GroupHandle {
    pub(crate) fn new(shared: Arc<GroupState>) -> Self {
        Self { shared }
    }

    #[cfg(feature = "console")]
    pub(crate) fn shared(&self) -> &Arc<GroupState> {
        &self.shared
    }

    /// The plan that the group follows: the compiled one, with the budget that a runner gave it.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.shared.plan
    }

    /// Asks the group to stop; gives whether this was the first request.
    ///
    /// A request during the start rolls the start back, and one that comes early is never lost. In a nested group the
    /// outermost one stops: nothing in it may go on without what it uses.
    #[allow(clippy::must_use_candidate, reason = "most callers do not care who was first")]
    pub fn request_stop(&self) -> bool {
        self.shared.request(StopCause::Requested)
    }

    /// Asks the group to stop at once: what a second signal does.
    ///
    /// The lame duck ends, [`StopContext::forced`](crate::StopContext::forced) fires for every service as it is asked, and
    /// each window is cut down to the time that it has between its force and its end. In a nested group it is the
    /// outermost one that is forced.
    pub fn force_stop(&self) {
        self.shared.request(StopCause::Requested);
        self.shared.force().cancel();
    }

    /// Resolves when a stop is requested or caused: at the begin of the lame duck, before anything is stopped.
    ///
    /// What takes work from elsewhere, a consumer of a queue say, stops taking it now.
    ///
    /// # Cancel safety
    ///
    /// The future can be dropped and asked for again at any time.
    pub fn stop_requested(&self) -> impl Future<Output = ()> + Send + 'static {
        let (own, above) = (self.shared.requested().clone(), self.shared.draining().clone());
        async move {
            tokio::select! {
                () = own.cancelled() => {}
                () = above.cancelled() => {}
            }
        }
    }

    /// Where the group is in its life.
    #[must_use]
    pub fn phase(&self) -> GroupPhase {
        self.shared.phase()
    }

    /// Whether all services have started and no stop was requested.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.shared.is_ready()
    }

    /// The group and each service, now. Costs a walk over all services.
    #[must_use]
    pub fn status(&self) -> GroupStatus {
        self.shared.status()
    }

    /// Told of every change; the value counts them. Ask [`status`](Self::status) what it is now.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.shared.subscribe()
    }
}
