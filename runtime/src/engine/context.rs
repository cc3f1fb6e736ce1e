//! What a group that starts inside the start expression of another knows of it.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::membership::Membership;
use crate::parts::{BoxFuture, boxed};
use crate::shared::{Changes, Shared};
use crate::stopping::StopToken;

tokio::task_local! {
    static OUTER: StartContext;
}

/// What a nested group has from the group around it.
#[derive(Debug, Clone)]
pub(crate) struct StartContext {
    /// Asks it to give up its start.
    pub(crate) stop: StopToken,
    /// Tells it when the drain begins, for as long as it lives.
    pub(crate) draining: CancellationToken,
    /// Tells it of a second signal.
    pub(crate) force: CancellationToken,
    /// The service that it is.
    place: Membership,
}

impl StartContext {
    pub(crate) fn new(stop: StopToken, outer: &Arc<Shared>, index: usize) -> Self {
        let place = Membership::new(Arc::clone(outer), index);
        Self { stop, draining: outer.draining().child_token(), force: outer.force().clone(), place }
    }

    /// Shows the nested group in the status of the one around it.
    pub(crate) fn enclose(&self, nested: &Arc<Shared>) {
        self.place.enclose(nested);
    }

    /// The changes of the group around.
    pub(crate) fn changes(&self) -> &Arc<Changes> {
        self.place.changes()
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
