//! What a group that starts inside the start expression of another knows of it.

use tokio_util::sync::CancellationToken;

use crate::parts::{BoxFuture, boxed};
use crate::shared::Shared;
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
}

impl StartContext {
    pub(crate) fn new(stop: StopToken, outer: &Shared) -> Self {
        Self { stop, draining: outer.draining().child_token(), force: outer.force().clone() }
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
