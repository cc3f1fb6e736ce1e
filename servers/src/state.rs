//! What all parts of one server share: the signals of its stop, its counts, and the notification of its stop.
//!
//! # Invariants
//!
//! 1. A count is changed before the flag of the drain is read, and the stop sets that flag before it reads the counts,
//!    all with `SeqCst`. So the stop sees the change, or the change sees the drain and notifies the stop. Instead of
//!    `SeqCst`, a count may have a lock under which it is changed and read.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use service_group::{CutRequest, DrainSignal};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::draining::Draining;
use crate::sync::lock;

/// The number of cut requests that the report names.
const NAMED_CUTS: usize = 16;

/// What all parts of one server share.
#[derive(Debug, Default)]
pub(crate) struct ServerState {
    /// Requests count from its start on.
    pub(crate) draining: Draining,
    /// Whether calls can wait in layers outside of ours, unseen by this crate.
    has_outer_layers: bool,
    /// When the connections were asked to end.
    goodbye_at: OnceLock<Instant>,
    /// The lame duck of the group that contains the server.
    lame_duck: OnceLock<DrainSignal>,
    finished: AtomicU64,
    cut: AtomicU64,
    cuts: Mutex<Vec<CutRequest>>,
    /// Requests in flight whose connection is closed or unknown.
    orphans: AtomicU64,
    /// The number of serve loops and of listening sockets: one or zero.
    loops: AtomicU64,
    listeners: AtomicU64,
    /// Has one waiter, the stop. A change before the wait leaves a permit.
    changed: Notify,
}

impl ServerState {
    /// For a server with layers outside of ours.
    #[cfg(feature = "grpc")]
    pub(crate) fn with_outer_layers() -> Self {
        Self { has_outer_layers: true, ..Self::default() }
    }

    pub(crate) fn begin_goodbye(&self) {
        // The first time counts.
        let _ = self.goodbye_at.set(Instant::now());
    }

    /// Returns when the connections were asked to end.
    #[inline]
    pub(crate) fn goodbye_at(&self) -> Option<Instant> {
        self.goodbye_at.get().copied()
    }

    /// Returns when the connections were asked to end, if calls can wait in layers outside of ours.
    #[inline]
    pub(crate) fn goodbye_at_with_outer_layers(&self) -> Option<Instant> {
        self.goodbye_at().filter(|_| self.has_outer_layers)
    }

    #[inline]
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.has_started()
    }

    pub(crate) fn set_lame_duck(&self, signal: DrainSignal) {
        // A server is in one group. The first one counts.
        let _ = self.lame_duck.set(signal);
    }

    /// Returns whether clients are asked to send their next request elsewhere.
    #[inline]
    pub(crate) fn turns_away(&self) -> bool {
        self.is_draining() || self.lame_duck.get().is_some_and(DrainSignal::has_begun)
    }

    pub(crate) fn count_finished(&self) {
        if self.is_draining() {
            // Relaxed: a count, which orders nothing else.
            self.finished.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn count_cut(&self, cut: CutRequest) {
        // Relaxed: a count, which orders nothing else.
        self.cut.fetch_add(1, Ordering::Relaxed);
        let mut cuts = lock(&self.cuts);
        let place = cuts.partition_point(|other| other.age >= cut.age);
        if place < NAMED_CUTS {
            cuts.insert(place, cut);
            cuts.truncate(NAMED_CUTS);
        }
    }

    pub(crate) fn finished(&self) -> u64 {
        self.finished.load(Ordering::Relaxed)
    }

    pub(crate) fn cut(&self) -> u64 {
        self.cut.load(Ordering::Relaxed)
    }

    /// The oldest cut requests, the oldest first.
    pub(crate) fn cuts(&self) -> Vec<CutRequest> {
        lock(&self.cuts).clone()
    }

    /// Counts requests that begin on a closed connection, or whose connection closes.
    pub(crate) fn add_orphans(&self, count: u64) {
        // SeqCst: invariant 1.
        self.orphans.fetch_add(count, Ordering::SeqCst);
    }

    pub(crate) fn remove_orphan(&self) {
        // SeqCst: invariant 1. The caller calls `notify_change` next.
        self.orphans.fetch_sub(1, Ordering::SeqCst);
    }

    pub(crate) fn has_orphans(&self) -> bool {
        // SeqCst: invariant 1.
        self.orphans.load(Ordering::SeqCst) > 0
    }

    /// Notifies the stop, if there is one, that a request or a connection has ended.
    ///
    /// The caller has made the change before: invariant 1.
    pub(crate) fn notify_change(&self) {
        if self.is_draining() {
            self.changed.notify_one();
        }
    }

    /// Waits until `done` returns true. It is called again after each change.
    pub(crate) async fn until(&self, done: impl Fn() -> bool) {
        while !done() {
            self.changed.notified().await;
        }
    }

    pub(crate) fn next_change(&self) -> impl Future<Output = ()> + '_ {
        self.changed.notified()
    }

    pub(crate) fn is_listening(&self) -> bool {
        // SeqCst: invariant 1.
        self.listeners.load(Ordering::SeqCst) > 0
    }

    pub(crate) fn is_serving(&self) -> bool {
        // SeqCst: invariant 1.
        self.loops.load(Ordering::SeqCst) > 0
    }
}

/// Counts one while it exists, and notifies the stop when it is dropped.
#[derive(Debug)]
pub(crate) struct CountGuard {
    state: Arc<ServerState>,
    count: fn(&ServerState) -> &AtomicU64,
}

impl CountGuard {
    pub(crate) fn of_loop(state: &Arc<ServerState>) -> Self {
        Self::new(state, |state| &state.loops)
    }

    pub(crate) fn of_listener(state: &Arc<ServerState>) -> Self {
        Self::new(state, |state| &state.listeners)
    }

    pub(crate) fn draining(&self) -> &Draining {
        &self.state.draining
    }

    fn new(state: &Arc<ServerState>, count: fn(&ServerState) -> &AtomicU64) -> Self {
        // SeqCst: invariant 1.
        count(state).fetch_add(1, Ordering::SeqCst);
        Self { state: Arc::clone(state), count }
    }
}

impl Drop for CountGuard {
    fn drop(&mut self) {
        // SeqCst: invariant 1.
        (self.count)(&self.state).fetch_sub(1, Ordering::SeqCst);
        self.state.notify_change();
    }
}
