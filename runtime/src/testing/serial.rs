//! Finds the services that leave tasks behind.
//!
//! A task does not know who spawned it. So the case is run once more, one start and one stop at a time, and the tasks are
//! counted before and after each of them.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Mutex;
use std::time::Duration;

use super::fault::Path;
use super::leftovers::alive_tasks;
use crate::sync::lock;

/// How long the number of tasks has to stay the same before it is taken.
const STILL: Duration = Duration::from_millis(10);
/// The longest time that it is waited for.
const LONGEST: u32 = 20;

/// Runs the steps of all services one at a time.
#[derive(Debug, Default)]
pub(super) struct Serial {
    turn: tokio::sync::Mutex<()>,
    /// For each service, how many tasks more there were after its start and its stop than before.
    more: Mutex<BTreeMap<Path, isize>>,
    /// The services whose steps were cancelled halfway.
    cancelled: Mutex<Vec<Path>>,
}

impl Serial {
    /// Runs one step of a service.
    pub(super) async fn step<T>(&self, path: &[usize], step: impl Future<Output = T>) -> T {
        let _turn = self.turn.lock().await;
        let before = settled().await;
        let cancelled = Cancelled { serial: self, path };
        let result = step.await;
        std::mem::forget(cancelled);
        let more = settled().await.cast_signed() - before.cast_signed();
        *lock(&self.more).entry(path.to_vec()).or_default() += more;
        result
    }

    /// Returns the services after whose start and stop there were more tasks than before, with their numbers.
    pub(super) fn culprits(&self) -> Vec<(Path, isize)> {
        let more = lock(&self.more);
        more.iter().filter(|(_, more)| **more > 0).map(|(path, more)| (path.clone(), *more)).collect()
    }

    /// Returns the services whose starts or stops were cancelled halfway.
    pub(super) fn cancelled(&self) -> Vec<Path> {
        lock(&self.cancelled).clone()
    }
}

/// Records, unless it is forgotten, that a step was dropped before its end.
struct Cancelled<'a> {
    serial: &'a Serial,
    path: &'a [usize],
}

impl Drop for Cancelled<'_> {
    fn drop(&mut self) {
        lock(&self.serial.cancelled).push(self.path.to_vec());
    }
}

/// Returns the number of tasks when it no longer changes.
async fn settled() -> usize {
    let mut tasks = alive_tasks();
    for _ in 0..LONGEST {
        tokio::time::sleep(STILL).await;
        let now = alive_tasks();
        if now == tasks {
            break;
        }
        tasks = now;
    }
    tasks
}
