//! The events on their way to the thread that emits them.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{
    AtomicBool, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};
use std::sync::mpsc;

use super::shield::shielded;

/// How many events may wait for a subscriber that blocks. Later ones are dropped.
const AT_MOST: usize = 10_000;

type Event = Box<dyn FnOnce() + Send>;

/// Sends events to the thread. Clones send to the same thread.
#[derive(Clone)]
pub(crate) struct Sender {
    events: mpsc::Sender<Option<Event>>,
    counts: Arc<Counts>,
}

/// Receives the events.
pub(super) struct Receiver {
    events: mpsc::Receiver<Option<Event>>,
    counts: Arc<Counts>,
}

/// `Relaxed` is enough where nothing else is said: the channel orders the events, and the counts are read for a message.
#[derive(Debug, Default)]
struct Counts {
    /// How many events were sent and not emitted. `Release` of the thread pairs with `Acquire` of the one that asks whether
    /// all have been emitted.
    waiting: AtomicUsize,
    /// How many events were not sent, since too many waited.
    dropped: AtomicUsize,
    /// Set when the run has ended, and the thread had not emitted all events in time.
    given_up: AtomicBool,
}

pub(super) fn channel() -> (Sender, Receiver) {
    let (sender, receiver) = mpsc::channel();
    let counts = Arc::<Counts>::default();
    (Sender { events: sender, counts: Arc::clone(&counts) }, Receiver { events: receiver, counts })
}

impl Sender {
    pub(super) fn send(&self, event: Event) {
        let counts = &self.counts;
        if counts.given_up.load(Relaxed) || counts.waiting.load(Relaxed) >= AT_MOST {
            counts.dropped.fetch_add(1, Relaxed);
            return;
        }
        counts.waiting.fetch_add(1, Relaxed);
        if let Err(mpsc::SendError(Some(event))) = self.events.send(Some(event)) {
            // The run is over, and its thread has ended.
            shielded(event);
        }
    }

    /// Ends the thread after the events that have been sent.
    pub(super) fn close(&self) {
        // The thread is alive, since nothing else ends it.
        let _ = self.events.send(None);
    }

    /// Returns whether every event that was sent has been emitted.
    pub(super) fn is_empty(&self) -> bool {
        self.counts.waiting.load(Acquire) == 0
    }

    /// Drops what has not been emitted, and returns how many events that are.
    pub(super) fn give_up(&self) -> usize {
        self.counts.given_up.store(true, Relaxed);
        self.counts.waiting.load(Relaxed) + self.counts.dropped.load(Relaxed)
    }
}

impl Receiver {
    /// Emits the events until the sender closes the channel.
    pub(super) fn emit_all(self) {
        while let Ok(Some(event)) = self.events.recv() {
            if self.counts.given_up.load(Relaxed) {
                return;
            }
            shielded(event);
            self.counts.waiting.fetch_sub(1, Release);
        }
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("counts", &self.counts).finish_non_exhaustive()
    }
}
