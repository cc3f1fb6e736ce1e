//! Services that record the order in which they stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use service_group::{BoxError, Service, StopContext};
use tokio::time::sleep;

use crate::Shape;

/// When each stop began and ended: positions in one sequence of all of these moments.
#[derive(Debug, Default)]
pub struct StopOrder {
    next: AtomicUsize,
    stops: Vec<[AtomicUsize; 2]>,
}

impl StopOrder {
    /// Returns how many edges were violated: a service began to stop before the stop of one that needs it had ended.
    #[must_use]
    pub fn violations(&self, shape: &Shape) -> usize {
        let violated = |service: usize, &needed: &usize| {
            self.stops[needed][0].load(SeqCst) < self.stops[service][1].load(SeqCst)
        };
        (0..shape.services())
            .map(|service| shape.needs(service).iter().filter(|needed| violated(service, needed)).count())
            .sum()
    }

    fn note(&self, service: usize, end: usize) {
        // SeqCst: the positions of different services are compared.
        self.stops[service][end].store(self.next.fetch_add(1, SeqCst), SeqCst);
    }
}

/// A service that takes its time to stop, and records it.
#[derive(Debug)]
pub struct Recorded {
    index: usize,
    took: Duration,
    order: Arc<StopOrder>,
}

impl Service for Recorded {
    async fn stop(self, _stopping: StopContext) -> Result<(), BoxError> {
        self.order.note(self.index, 0);
        if !self.took.is_zero() {
            sleep(self.took).await;
        }
        self.order.note(self.index, 1);
        Ok(())
    }
}

/// Starts a group of this shape, whose stops take so long each, and stops it. Returns how long the stop took, and its order.
///
/// # Panics
///
/// When a service does not start.
pub async fn timed_stop(shape: &Shape, took: Duration) -> (Duration, Arc<StopOrder>) {
    let stops = (0..shape.services()).map(|_| Default::default()).collect();
    let order = Arc::new(StopOrder { next: AtomicUsize::new(0), stops });
    let make = {
        let order = Arc::clone(&order);
        move |index| Recorded { index, took, order: Arc::clone(&order) }
    };
    let running = crate::runner(shape.plan::<Recorded>(), make).start().await.expect("all services start");
    let begun = Instant::now();
    drop(running.stop().await);
    (begun.elapsed(), order)
}

/// Sleeps so long one after another, and returns how long that took: the least that the timer of tokio makes possible.
pub async fn sleep_each(path: Vec<Duration>) -> Duration {
    let begun = Instant::now();
    for took in path {
        sleep(took).await;
    }
    begun.elapsed()
}
