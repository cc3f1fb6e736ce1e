//! How a layer records that it has answered a call in place of its handler: the call counts as cut.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use crate::draining::Draining;

/// Marks an answer that a layer inside of the tracking gave in place of the handler. In the extensions of the response.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CutAnswer;

/// Connects a layer outside of the tracking with the tracking of its call. In the extensions of the request.
#[derive(Debug, Clone, Default)]
pub(crate) struct OuterCall {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Known once the tracking has seen the call.
    draining: OnceLock<Draining>,
    is_cut: AtomicBool,
}

impl OuterCall {
    #[cfg(feature = "grpc")]
    pub(crate) fn set_draining(&self, draining: Draining) {
        // A layer that calls twice has the same server both times.
        let _ = self.inner.draining.set(draining);
    }

    pub(crate) fn draining(&self) -> Option<&Draining> {
        self.inner.draining.get()
    }

    /// Has the call count as cut when it is dropped.
    pub(crate) fn set_cut(&self) {
        // Relaxed: the layer drops the call after this, in the same task.
        self.inner.is_cut.store(true, Ordering::Relaxed);
    }

    #[cfg(feature = "grpc")]
    pub(crate) fn is_cut(&self) -> bool {
        self.inner.is_cut.load(Ordering::Relaxed)
    }
}
