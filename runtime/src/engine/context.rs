//! What a group that starts inside the start expression of another knows of it.

use std::future::Future;

use tokio_util::sync::CancellationToken;

use crate::stopping::StopToken;

tokio::task_local! {
    static OUTER: StartContext;
}

/// What a nested group hears from the group around it while it starts, and hears the begin of the drain by ever after.
#[derive(Debug, Clone)]
pub(crate) struct StartContext {
    pub(crate) stop: StopToken,
    pub(crate) draining: CancellationToken,
}

impl StartContext {
    pub(crate) fn new(stop: StopToken, draining: CancellationToken) -> Self {
        Self { stop, draining }
    }

    /// The context of the group whose start expression this runs in, if it runs in one.
    pub(crate) fn current() -> Option<Self> {
        OUTER.try_with(Clone::clone).ok()
    }
}

pub(crate) async fn within<T>(context: Option<StartContext>, start: impl Future<Output = T>) -> T {
    match context {
        Some(context) => OUTER.scope(context, start).await,
        None => start.await,
    }
}
