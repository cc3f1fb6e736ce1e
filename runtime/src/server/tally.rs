//! What one server counts, and how its stop hears that something changed.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::draining::Draining;
use super::lock;
use crate::model::CutRequest;

/// How many cut requests are kept by name.
const NAMED_CUTS: usize = 16;

/// What one server counts.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// From its begin on requests are counted.
    pub(super) draining: Draining,
    /// Whether calls may wait in layers around ours, where we do not see them.
    blind: bool,
    /// Since when connections have been told to end.
    told: OnceLock<Instant>,
    /// The lame duck of the group that the server is in.
    lame_duck: OnceLock<CancellationToken>,
    finished: AtomicU64,
    cut: AtomicU64,
    cuts: Mutex<Vec<CutRequest>>,
    /// How many serve loops and listening sockets there are: each is one or zero.
    loops: AtomicU64,
    doors: AtomicU64,
    /// For one waiter, the stop. A change that comes before the wait leaves its permit.
    changed: Notify,
}

impl Tally {
    /// For a server with layers around ours.
    #[cfg(feature = "tonic")]
    pub(super) fn blind() -> Self {
        Self { blind: true, ..Self::default() }
    }

    pub(super) fn tell(&self) {
        let _ = self.told.set(Instant::now());
    }

    /// Since when connections have been told to end.
    #[inline]
    pub(super) fn told_since(&self) -> Option<Instant> {
        self.told.get().copied()
    }

    /// Where calls can wait unseen: since when connections have been told to end.
    #[inline]
    pub(super) fn blind_since(&self) -> Option<Instant> {
        self.told_since().filter(|_| self.blind)
    }

    #[inline]
    pub(super) fn is_draining(&self) -> bool {
        self.draining.has_started()
    }

    pub(super) fn set_lame_duck(&self, begun: CancellationToken) {
        // A server is in one group; the first one counts.
        let _ = self.lame_duck.set(begun);
    }

    /// Whether clients shall go elsewhere with their next request.
    #[inline]
    pub(super) fn turns_away(&self) -> bool {
        self.is_draining() || self.lame_duck.get().is_some_and(CancellationToken::is_cancelled)
    }

    pub(super) fn count_finished(&self) {
        if self.is_draining() {
            self.finished.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn count_cut(&self, cut: CutRequest) {
        self.cut.fetch_add(1, Ordering::Relaxed);
        let mut cuts = lock(&self.cuts);
        let place = cuts.partition_point(|other| other.age >= cut.age);
        cuts.insert(place, cut);
        cuts.truncate(NAMED_CUTS);
    }

    pub(super) fn finished(&self) -> u64 {
        self.finished.load(Ordering::Relaxed)
    }

    pub(super) fn cut(&self) -> u64 {
        self.cut.load(Ordering::Relaxed)
    }

    /// The oldest first.
    pub(super) fn cuts(&self) -> Vec<CutRequest> {
        lock(&self.cuts).clone()
    }

    /// Tells the stop, if there is one, that a request or a connection has ended.
    pub(super) fn changed(&self) {
        if self.is_draining() {
            self.changed.notify_one();
        }
    }

    /// Resolves when `done`, which is asked again after each change.
    pub(super) async fn until(&self, done: impl Fn() -> bool) {
        while !done() {
            self.changed.notified().await;
        }
    }

    pub(super) fn next_change(&self) -> impl Future<Output = ()> + '_ {
        self.changed.notified()
    }

    pub(super) fn is_listening(&self) -> bool {
        self.doors.load(Ordering::SeqCst) > 0
    }

    pub(super) fn is_serving(&self) -> bool {
        self.loops.load(Ordering::SeqCst) > 0
    }
}

/// Counts while it lives, and tells when it goes.
#[derive(Debug)]
pub(super) struct Presence {
    tally: Arc<Tally>,
    of: fn(&Tally) -> &AtomicU64,
}

impl Presence {
    pub(super) fn of_loop(tally: &Arc<Tally>) -> Self {
        Self::new(tally, |tally| &tally.loops)
    }

    pub(super) fn of_door(tally: &Arc<Tally>) -> Self {
        Self::new(tally, |tally| &tally.doors)
    }

    pub(super) fn draining(&self) -> &Draining {
        &self.tally.draining
    }

    fn new(tally: &Arc<Tally>, of: fn(&Tally) -> &AtomicU64) -> Self {
        of(tally).fetch_add(1, Ordering::SeqCst);
        Self { tally: Arc::clone(tally), of }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        (self.of)(&self.tally).fetch_sub(1, Ordering::SeqCst);
        self.tally.changed();
    }
}
