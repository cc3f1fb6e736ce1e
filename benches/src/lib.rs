//! What the benchmarks share: graphs made from a seed, groups made at run time, their peers, and paired rounds.
//!
//! Only ratios of runs that took turns in one run are compared, and nothing is asserted about time.

mod cargo;
mod client;
mod cost;
mod group;
mod grpc;
mod lifecycles;
mod order;
mod peers;
mod program;
mod random;
mod rounds;
mod runtimes;
mod scale;
mod served;
mod shape;
mod sources;

pub use cargo::{Crates, repository};
pub use client::{Client, Failure, Protocol};
pub use cost::Cost;
pub use group::{Timed, runner};
pub use grpc::{UNARY_PATH, Unary, codec};
pub use lifecycles::Lifecycle;
pub use order::{Recorded, StopOrder, sleep_each, timed_stop};
pub use peers::{bare, graceful_shutdown};
pub use program::{Memory, Program, send, stripped_size};
pub use random::Random;
pub use rounds::{Contestant, Spread, nanoseconds, ratios, seconds, take_turns, take_turns_after};
pub use runtimes::{current_thread, two_workers};
pub use scale::full_or_small;
pub use served::{WAIT, router, routes, signals};
pub use shape::Shape;
pub use sources::{Wiring, services};
