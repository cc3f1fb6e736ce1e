//! What the benchmarks share: graphs made from a seed, groups made at run time, their peers, and paired rounds.
//!
//! Only ratios of runs that took turns in one process are compared, and nothing is asserted about time.

mod cargo;
mod cost;
mod group;
mod grpc;
mod peers;
mod random;
mod rounds;
mod runtimes;
mod shape;
mod sources;

pub use cargo::{Crates, repository};
pub use cost::Cost;
pub use group::{Timed, runner};
pub use grpc::{UNARY_PATH, Unary, codec};
pub use peers::{bare, graceful_shutdown};
pub use random::Random;
pub use rounds::{Contestant, Spread, nanoseconds, ratios, seconds, take_turns, take_turns_after};
pub use runtimes::{current_thread, two_workers};
pub use shape::Shape;
pub use sources::{Wiring, services};
