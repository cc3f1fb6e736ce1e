//! What all parts of one server share: the signals of its stop, its counts, and the notification of its stop.

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
    /// Whether calls can wait in layers outside of ours, where this crate does not see them.
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

    /// When the connections were asked to end.
    #[inline]
    pub(crate) fn goodbye_at(&self) -> Option<Instant> {
        self.goodbye_at.get().copied()
    }

    /// When the connections were asked to end, where calls can wait unseen.
    #[inline]
    pub(crate) fn unseen_since(&self) -> Option<Instant> {
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

    /// Whether clients are asked to send their next request elsewhere.
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
        self.orphans.fetch_add(count, Ordering::SeqCst);
    }

    pub(crate) fn remove_orphan(&self) {
        // SeqCst, before the load of the drain in `notify_change`: either the stop sees this, or this sees the drain.
        self.orphans.fetch_sub(1, Ordering::SeqCst);
    }

    pub(crate) fn has_orphans(&self) -> bool {
        self.orphans.load(Ordering::SeqCst) > 0
    }

    /// Notifies the stop, if there is one, that a request or a connection has ended.
    ///
    /// The caller has made the change visible before: under a lock that the stop takes, or with `SeqCst`.
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

    // SeqCst for both: see `CountGuard`.
    pub(crate) fn is_listening(&self) -> bool {
        self.listeners.load(Ordering::SeqCst) > 0
    }

    pub(crate) fn is_serving(&self) -> bool {
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
        count(state).fetch_add(1, Ordering::SeqCst);
        Self { state: Arc::clone(state), count }
    }
}

impl Drop for CountGuard {
    fn drop(&mut self) {
        // SeqCst, as the flag of the drain: the stop sees the count, or this sees the drain and notifies.
        (self.count)(&self.state).fetch_sub(1, Ordering::SeqCst);
        self.state.notify_change();
    }
}
