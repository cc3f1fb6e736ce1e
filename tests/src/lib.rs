//! What the tests of several files use.

mod probe;
mod scripted;

pub use probe::{Log, Probe};
pub use scripted::{Act, Event, History, Scripted, Service, paused};
