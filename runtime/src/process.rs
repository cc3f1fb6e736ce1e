//! A group as a whole process: the run from the first start to the exit code, and what goes on beside it.

mod outcome;
#[cfg(feature = "console")]
pub mod progress;
mod runner;
mod supervisor;
pub(crate) mod systemd;

pub use outcome::Outcome;
pub use runner::{PartialRunner, Runner};
