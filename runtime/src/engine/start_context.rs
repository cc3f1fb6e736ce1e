//! The context that a nested group receives from the group in whose start expression it starts.

use std::future::Future;
use std::sync::Arc;

use super::erased::{BoxFuture, boxed};
use crate::service::ServiceContext;
use crate::state::{GroupState, Links, StopToken};

tokio::task_local! {
    static OUTER: StartContext;
}

/// What a nested group gets from the group around it.
#[derive(Debug, Clone)]
pub(crate) struct StartContext {
    /// Requests that it rolls back its start.
    pub(crate) stop: StopToken,
    pub(crate) links: Links,
    /// The service of the outer group that it is.
    service: ServiceContext,
}

impl StartContext {
    pub(crate) fn new(stop: StopToken, outer: &Arc<GroupState>, index: usize) -> Self {
        let service = ServiceContext::new(Arc::clone(outer), index);
        Self { stop, links: outer.links(), service }
    }

    /// Returns the context of a member of the collection that starts here.
    pub(super) fn of_member(&self, stop: StopToken, members: &Arc<GroupState>, index: usize) -> Self {
        let service = ServiceContext::new(Arc::clone(members), index);
        Self { stop, links: self.links.clone(), service }
    }

    /// Returns the service of the outer group.
    pub(super) fn service(&self) -> &ServiceContext {
        &self.service
    }

    /// Shows the nested group in the status of the group around it.
    pub(crate) fn set_nested(&self, nested: &Arc<GroupState>) {
        self.service.set_nested(nested);
    }

    /// Returns the context of the start expression that runs in this task, if one does.
    pub(crate) fn current() -> Option<Self> {
        OUTER.try_with(Clone::clone).ok()
    }
}

/// Runs a start that borrows with this context, if it has one.
pub(super) async fn scope_borrowed<T>(context: Option<StartContext>, start: impl Future<Output = T>) -> T {
    match context {
        Some(context) => OUTER.scope(context, start).await,
        None => start.await,
    }
}

/// Runs a start with this context, if it has one.
pub(crate) fn scope<T: 'static>(context: Option<StartContext>, start: BoxFuture<T>) -> BoxFuture<T> {
    match context {
        Some(context) => boxed(OUTER.scope(context, start)),
        None => start,
    }
}
