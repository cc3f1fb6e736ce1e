//! Reads the live statistics of a service. They are foreign code: a read may panic, block, or never return.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::model::{ServerStats, StatsSource};
use crate::text::catch_panic;

/// How long the supervisor, or a driver, waits for the statistics of one service.
const LIMIT: Duration = Duration::from_millis(20);

/// The statistics of one service. Clones share the source.
#[derive(Clone)]
pub(super) struct StatsReader {
    source: Arc<dyn StatsSource>,
    /// Whether a thread of [`read_bounded`](Self::read_bounded) has not returned.
    is_reading: Arc<AtomicBool>,
}

impl StatsReader {
    pub(super) fn new(source: Arc<dyn StatsSource>) -> Self {
        Self { source, is_reading: Arc::default() }
    }

    /// Reads them here; returns `None` if that panics. The caller waits as long as it takes.
    pub(super) fn read(&self) -> Option<ServerStats> {
        catch_panic(|| self.source.stats()).ok()
    }

    /// Reads them on a thread of its own; returns `None` if that panics, takes longer than 20 ms, or if an earlier read has
    /// not returned: threads must not pile up at a source that blocks.
    pub(super) fn read_bounded(&self) -> Option<ServerStats> {
        // `Relaxed` is enough here and below: the flag guards no other data.
        if self.is_reading.swap(true, Ordering::Relaxed) {
            return None;
        }
        let (reader, (send, stats)) = (self.clone(), mpsc::channel());
        let read = move || {
            let stats = reader.read();
            reader.is_reading.store(false, Ordering::Relaxed);
            // The receiver is dropped when the limit has passed.
            let _ = send.send(stats);
        };
        if thread::Builder::new().spawn(read).is_err() {
            self.is_reading.store(false, Ordering::Relaxed);
            return None;
        }
        stats.recv_timeout(LIMIT).ok().flatten()
    }
}

/// Does not read them: what prints the state of a group must not run foreign code.
impl fmt::Debug for StatsReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatsReader").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Condvar, Mutex};

    use super::*;
    use crate::sync::lock;

    /// A source that panics, or that blocks until its gate is open.
    #[derive(Default)]
    struct Misbehaves {
        panics: bool,
        is_open: Mutex<bool>,
        opened: Condvar,
    }

    impl StatsSource for Misbehaves {
        fn stats(&self) -> ServerStats {
            assert!(!self.panics, "no statistics");
            drop(self.opened.wait_while(lock(&self.is_open), |is_open| !*is_open));
            ServerStats::default()
        }
    }

    #[test]
    fn a_source_that_panics_has_no_statistics() {
        let reader = StatsReader::new(Arc::new(Misbehaves { panics: true, ..Misbehaves::default() }));
        for _ in 0..2 {
            assert_eq!((reader.read(), reader.read_bounded()), (None, None));
        }
    }

    #[test]
    fn a_source_that_blocks_has_one_thread_and_is_read_again_later() {
        let source = Arc::new(Misbehaves::default());
        let reader = StatsReader::new(Arc::clone(&source) as _);
        for _ in 0..10 {
            assert_eq!(reader.read_bounded(), None);
        }
        assert_eq!(Arc::strong_count(&source), 3, "the test, the reader, and one thread");
        *lock(&source.is_open) = true;
        source.opened.notify_all();
        while reader.read_bounded().is_none() {
            thread::yield_now();
        }
    }
}
