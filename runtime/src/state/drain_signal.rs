//! The signal that a stop of the group has begun, for services that turn clients away before their own stop.

use std::future::Future;

use tokio_util::sync::CancellationToken;

/// The signal that a stop of the group has begun. It fires at the start of the lame duck. Clones share one signal.
#[derive(Debug, Clone)]
pub struct DrainSignal {
    token: CancellationToken,
}

impl DrainSignal {
    pub(crate) fn new(token: CancellationToken) -> Self {
        Self { token }
    }

    /// Returns a signal and the function that fires it: for tests of a [`Service`](crate::Service) outside of a group.
    pub fn manual() -> (Self, impl Fn() + Send + Sync + 'static) {
        let token = CancellationToken::new();
        (Self::new(token.clone()), move || token.cancel())
    }

    /// Returns whether a stop has begun.
    #[must_use]
    #[inline]
    pub fn has_begun(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Resolves when a stop begins.
    ///
    /// # Cancel safety
    ///
    /// The future can be dropped and requested again at any time.
    pub fn begun(&self) -> impl Future<Output = ()> + Send + use<> {
        self.token.clone().cancelled_owned()
    }
}
