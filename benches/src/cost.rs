//! What a run costs: time on the processor, which other programs do not lengthen, and time on the wall.

use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use tokio::runtime::Runtime;

/// What one run cost.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// Processor time of all threads together.
    pub processor: Duration,
    /// Time from the begin to the end.
    pub wall: Duration,
}

impl Cost {
    /// The cost of one of so many runs.
    ///
    /// # Panics
    ///
    /// When the operating system keeps no account of processor time.
    pub fn of(runtime: &Runtime, repeats: u32, run: impl AsyncFn()) -> Self {
        let (processor, wall) = (ProcessTime::now(), Instant::now());
        for _ in 0..repeats {
            runtime.block_on(run());
        }
        Self { processor: processor.elapsed() / repeats, wall: wall.elapsed() / repeats }
    }
}
