//! What a service sees of a stop: how much time it has, when to cut, and why.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use tokio::sync::SetOnce;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::model::Detail;
use crate::model::FAR;
use crate::model::StopCause;
use crate::sync::lock;

/// The stop of one service, as that service sees it. Clones are handles of the same stop.
#[derive(Clone)]
pub struct StopContext {
    inner: Arc<Inner>,
}

struct Inner {
    deadline: Mutex<Instant>,
    cause: StopCause,
    forced: SetOnce<()>,
    group_forced: CancellationToken,
    details: Mutex<Vec<Detail>>,
    hold: Weak<dyn Send + Sync>,
}

/// While it lives, the service that it was taken for has not ended.
#[derive(Clone)]
pub struct Hold {
    _held: Option<Arc<dyn Send + Sync>>,
}

impl StopContext {
    /// A stop that ends `window` from now, outside of any group: for testing a [`Service`](crate::Service) by itself.
    ///
    /// Nothing forces it: [`forced`](Self::forced) fires when [`force`](Self::force) is called.
    #[must_use]
    pub fn within(window: Duration) -> Self {
        Self::new(
            Instant::now() + window.min(FAR),
            StopCause::Requested,
            CancellationToken::new(),
            Weak::<()>::new(),
        )
    }

    pub(crate) fn new(
        deadline: Instant,
        cause: StopCause,
        group_forced: CancellationToken,
        hold: Weak<impl Send + Sync + 'static>,
    ) -> Self {
        let inner = Inner {
            deadline: Mutex::new(deadline),
            cause,
            forced: SetOnce::new(),
            group_forced,
            details: Mutex::new(Vec::new()),
            hold,
        };
        Self { inner: Arc::new(inner) }
    }

    /// When the window ends. A second signal brings it forward.
    ///
    /// The clock is tokio's, so that it can be paused in tests.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        *lock(&self.inner.deadline)
    }

    /// What is left of the window; zero when it is over.
    #[must_use]
    pub fn time_remaining(&self) -> Duration {
        self.deadline().saturating_duration_since(Instant::now())
    }

    /// Resolves when it is time to cut what is left and return: a tenth before the end of the window, at most
    /// 500 ms, or at once on a second signal.
    ///
    /// # Cancel safety
    ///
    /// The future can be dropped and asked for again at any time.
    pub fn forced(&self) -> impl Future<Output = ()> + Send + 'static {
        let inner = Arc::clone(&self.inner);
        async move {
            inner.forced.wait().await;
        }
    }

    /// Whether [`forced`](Self::forced) has fired.
    #[must_use]
    pub fn is_forced(&self) -> bool {
        self.inner.forced.initialized()
    }

    /// Why the group stops.
    #[must_use]
    pub fn cause(&self) -> &StopCause {
        &self.inner.cause
    }

    /// Adds something to what the stop report says of this service.
    pub fn detail(&self, detail: impl Into<Detail>) {
        lock(&self.inner.details).push(detail.into());
    }

    /// Fires [`forced`](Self::forced): what the end of a window does, for tests of a service by itself.
    pub fn force(&self) {
        // It fails where it was forced already.
        let _ = self.inner.forced.set(());
    }

    pub(crate) fn bring_forward(&self, deadline: Instant) {
        let mut current = lock(&self.inner.deadline);
        *current = deadline.min(*current);
    }

    /// The token of a second signal, which a nested group passes on.
    pub(crate) fn group_forced(&self) -> &CancellationToken {
        &self.inner.group_forced
    }

    pub(crate) fn take_details(&self) -> Vec<Detail> {
        std::mem::take(&mut *lock(&self.inner.details))
    }

    /// Keeps the service counted as not ended, for threads and tasks that may outlive the future of its stop.
    #[must_use]
    pub fn hold(&self) -> Hold {
        Hold { _held: self.inner.hold.upgrade() }
    }
}

impl fmt::Debug for StopContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stopping")
            .field("time_remaining", &self.time_remaining())
            .field("forced", &self.is_forced())
            .field("cause", self.cause())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hold").finish_non_exhaustive()
    }
}
