//! What a client receives that is busy while a fault strikes.

use std::fmt;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio_util::sync::CancellationToken;

/// The running group, for the client of [`Faults::during`](super::Faults::during): it derefs to the annotated struct.
///
/// The future of the client cannot borrow from it, since the group is stopped while the client runs: it takes addresses and
/// clones.
pub struct Parts<'a, A> {
    group: &'a A,
    busy: CancellationToken,
    is_taken: AtomicBool,
}

/// With it a client reports that it is busy: the fault strikes then.
#[derive(Debug, Clone)]
pub struct Busy {
    reached: CancellationToken,
}

impl<'a, A> Parts<'a, A> {
    pub(super) fn new(group: &'a A) -> Self {
        Self { group, busy: CancellationToken::new(), is_taken: AtomicBool::new(false) }
    }

    /// Returns a handle with which the client reports that it is busy. The fault waits for that, at most 5 s.
    ///
    /// If the client does not ask for a handle, the fault strikes at once.
    #[must_use]
    pub fn busy(&self) -> Busy {
        // Relaxed: read by the same thread.
        self.is_taken.store(true, Ordering::Relaxed);
        Busy { reached: self.busy.clone() }
    }

    /// Returns what the fault waits for, if the client has asked for a handle.
    pub(super) fn awaited(&self) -> Option<CancellationToken> {
        self.is_taken.load(Ordering::Relaxed).then(|| self.busy.clone())
    }
}

impl Busy {
    /// Reports that the client is busy. Further calls do nothing.
    pub fn reached(&self) {
        self.reached.cancel();
    }
}

impl<A> Deref for Parts<'_, A> {
    type Target = A;

    fn deref(&self) -> &A {
        self.group
    }
}

impl<A> fmt::Debug for Parts<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").finish_non_exhaustive()
    }
}
