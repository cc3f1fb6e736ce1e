//! What the benchmarks share: graphs made from a seed, a lean group, its peers, and paired rounds.
//!
//! Only ratios of runs that took turns in one process are compared, and nothing is asserted about time.

mod lean;
mod peers;
mod random;
mod rounds;
mod runtimes;
mod shape;

pub use lean::{Lean, Timed};
pub use peers::{bare, graceful_shutdown};
pub use random::Random;
pub use rounds::{Spread, per_round, ratios, take_turns};
pub use runtimes::{current_thread, two_workers};
pub use shape::Shape;
