//! What a group that starts inside the start expression of another knows of it.

use std::sync::Arc;

use crate::engine::erased::{BoxFuture, boxed};
use crate::service::ServiceContext;
use crate::state::{GroupState, Links, StopToken};

tokio::task_local! {
    static OUTER: StartContext;
}

/// What a nested group has from the group around it.
#[derive(Debug, Clone)]
pub(crate) struct StartContext {
    /// Asks it to give up its start.
    pub(crate) stop: StopToken,
    /// What it shares with the group around it.
    pub(crate) links: Links,
    /// The service that it is.
    place: ServiceContext,
}

impl StartContext {
    pub(crate) fn new(stop: StopToken, outer: &Arc<GroupState>, index: usize) -> Self {
        let place = ServiceContext::new(Arc::clone(outer), index);
        Self { stop, links: outer.links(), place }
    }

    /// Shows the nested group in the status of the one around it.
    pub(crate) fn set_nested(&self, nested: &Arc<GroupState>) {
        self.place.set_nested(nested);
    }

    /// The context of the group whose start expression this runs in, if it runs in one.
    pub(crate) fn current() -> Option<Self> {
        OUTER.try_with(Clone::clone).ok()
    }
}

/// A start that knows the group around it, where it needs to.
pub(crate) fn within<T: 'static>(context: Option<StartContext>, start: BoxFuture<T>) -> BoxFuture<T> {
    match context {
        Some(context) => boxed(OUTER.scope(context, start)),
        None => start,
    }
}
